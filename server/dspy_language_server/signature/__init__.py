"""The signature language: text in; fields, types and problems out, each with its span."""
