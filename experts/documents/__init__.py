"""Answers from a folder of documents, quoted with file and position, with no model needed.

files → extract (html_text, pdf_text) → blocks → corpus → index → retriever → answer, quotes,
grounding. Text found in a document is data: it is searched and quoted, nothing else.
"""
