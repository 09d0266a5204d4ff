// Other. Made from the table of functions: see FunctionDocumentsTests.

/// A number from 0 up to 1.
public func rand() -> Column {
    call("rand", [])
}

/// A number from 0 up to 1.
public func rand(_ seed: some ColumnOrName) -> Column {
    call("rand", [seed.asColumn])
}

/// A number from 0 up to 1.
public func random() -> Column {
    call("random", [])
}

/// A number from 0 up to 1.
public func random(_ seed: some ColumnOrName) -> Column {
    call("random", [seed.asColumn])
}

/// A number of the normal distribution.
public func randn() -> Column {
    call("randn", [])
}

/// A number of the normal distribution.
public func randn(_ seed: some ColumnOrName) -> Column {
    call("randn", [seed.asColumn])
}

/// The value's type as text.
public func typeof(_ value: some ColumnOrName) -> Column {
    call("typeof", [value.asColumn])
}

/// An identifier by RFC 9562.
public func uuid() -> Column {
    call("uuid", [])
}
