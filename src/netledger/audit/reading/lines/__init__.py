"""Lines as people lay them out: continued ones, tables and their headings, consoles, sentences."""
