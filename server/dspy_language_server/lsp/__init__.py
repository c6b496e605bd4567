"""The language server proper: pygls, one file per request. The only folder that imports lsprotocol."""
