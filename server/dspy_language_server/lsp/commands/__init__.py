"""One file per command of `workspace/executeCommand`: what runs user code goes to the worker."""
