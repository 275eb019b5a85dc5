"""What was read, sent, received and set aside: the truth that every run starts from."""
