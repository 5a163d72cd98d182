"""The programs that are compared: written as a TF1 textbook would, against samegraph.tf1 alone."""
