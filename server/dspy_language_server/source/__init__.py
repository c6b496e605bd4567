"""Python source: text and its tree, string literals with exact offsets, notebook cells."""
