"""What runs inside the heavy environments; imports nothing of the project but itself, and speaks JSON lines."""
