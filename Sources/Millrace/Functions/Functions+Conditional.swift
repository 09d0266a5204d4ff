// Conditions and NULL. Made from the table of functions: see FunctionDocumentsTests.

/// Whether the value lies between both, or is one.
public func between(_ value: some ColumnOrName, _ low: some ColumnOrName, _ high: some ColumnOrName) -> Column {
    call("between", [value.asColumn, low.asColumn, high.asColumn])
}

/// The first value that isn't NULL.
public func coalesce(_ value: any ColumnOrName...) -> Column {
    call("coalesce", value.map { $0.asColumn })
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Whether both are equal or both NULL.
public func equal_null(_ value: some ColumnOrName, _ other: some ColumnOrName) -> Column {
    call("equal_null", [value.asColumn, other.asColumn])
}

/// The largest of the values that aren't NULL.
public func greatest(_ value: any ColumnOrName...) -> Column {
    call("greatest", value.map { $0.asColumn })
}

/// Whether the value is not NULL.
public func isnotnull(_ value: some ColumnOrName) -> Column {
    call("isnotnull", [value.asColumn])
}

/// Whether the value is NULL.
public func isnull(_ value: some ColumnOrName) -> Column {
    call("isnull", [value.asColumn])
}

/// The smallest of the values that aren't NULL.
public func least(_ value: any ColumnOrName...) -> Column {
    call("least", value.map { $0.asColumn })
}

/// The number, or the other where it is NaN.
public func nanvl(_ number: some ColumnOrName, _ other: some ColumnOrName) -> Column {
    call("nanvl", [number.asColumn, other.asColumn])
}

/// NULL where both are equal, else the value.
public func nullif(_ value: some ColumnOrName, _ other: some ColumnOrName) -> Column {
    call("nullif", [value.asColumn, other.asColumn])
}

/// NULL where the number is 0, else the number.
public func nullifzero(_ number: some ColumnOrName) -> Column {
    call("nullifzero", [number.asColumn])
}

/// The value, or the other where it is NULL.
public func nvl(_ value: some ColumnOrName, _ other: some ColumnOrName) -> Column {
    call("nvl", [value.asColumn, other.asColumn])
}

/// The value, or the other where it is NULL.
public func ifnull(_ value: some ColumnOrName, _ other: some ColumnOrName) -> Column {
    call("ifnull", [value.asColumn, other.asColumn])
}

/// Then where the value is not NULL, else the other.
public func nvl2(_ value: some ColumnOrName, _ then: some ColumnOrName, _ other: some ColumnOrName) -> Column {
    call("nvl2", [value.asColumn, then.asColumn, other.asColumn])
}

/// The number, or 0 where it is NULL.
public func zeroifnull(_ number: some ColumnOrName) -> Column {
    call("zeroifnull", [number.asColumn])
}
