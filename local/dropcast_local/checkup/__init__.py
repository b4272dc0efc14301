"""The check-up behind `dropcast doctor`: facts are gathered at the edge, findings follow from facts alone."""
