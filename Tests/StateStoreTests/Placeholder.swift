// Replaced by the state store's tests.
import Testing
