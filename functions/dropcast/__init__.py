"""Drop a conversation in a bucket; get a finished episode back."""
