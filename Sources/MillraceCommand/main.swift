// The millrace command.

print("millrace")
