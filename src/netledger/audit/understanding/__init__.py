"""What network a text is about: the one it names, or the one that it describes itself."""
