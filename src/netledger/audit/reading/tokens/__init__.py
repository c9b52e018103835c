"""A clean line → tokens: numbers with every convention, words by what they mean, phrases that stand for signs."""
