"""What the server bears: many clients, slow ones, ones that go, and a database that goes."""
