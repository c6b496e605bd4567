"""One file per request of the Language Server Protocol: resolve the document, ask `ide`, translate the answer."""
