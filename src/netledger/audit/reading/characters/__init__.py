"""Bytes and pasted pages → clean lines: encodings, LaTeX and Markdown, scans, formulas that stand twice."""
