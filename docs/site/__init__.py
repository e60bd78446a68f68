"""The site of the documentation: pages, an API reference and a gallery of examples."""
