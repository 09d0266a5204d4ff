// Rows from arrays and maps. Made from the table of functions: see FunctionDocumentsTests.

/// One row for each element of an array or entry of a map; none for what is empty or NULL.
public func explode(_ collection: some ColumnOrName) -> Column {
    call("explode", [collection.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// One row for each element of an array or entry of a map; one of NULLs for what is empty or NULL.
public func explode_outer(_ collection: some ColumnOrName) -> Column {
    call("explode_outer", [collection.asColumn])
}

/// One row for each structure of an array, with its fields as columns; none for what is empty or NULL.
public func inline(_ structures: some ColumnOrName) -> Column {
    call("inline", [structures.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// One row for each structure of an array, with its fields as columns; one of NULLs for what is empty or NULL.
public func inline_outer(_ structures: some ColumnOrName) -> Column {
    call("inline_outer", [structures.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// One row of the values that a JSON object has under these names.
public func json_tuple(_ text: some ColumnOrName, _ name: any ColumnOrName...) -> Column {
    call("json_tuple", [text.asColumn] + name.map { $0.asColumn })
}

/// One row for each element of an array or entry of a map, with its place; none for what is empty or NULL.
public func posexplode(_ collection: some ColumnOrName) -> Column {
    call("posexplode", [collection.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// One row for each element of an array or entry of a map, with its place; one of NULLs for what is empty or NULL.
public func posexplode_outer(_ collection: some ColumnOrName) -> Column {
    call("posexplode_outer", [collection.asColumn])
}

/// Count rows that the values fill one after the other.
public func stack(_ count: some ColumnOrName, _ value: any ColumnOrName...) -> Column {
    call("stack", [count.asColumn] + value.map { $0.asColumn })
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// One row for each element or field in a VARIANT, with its place and name; none for all others.
public func variant_explode(_ variant: some ColumnOrName) -> Column {
    call("variant_explode", [variant.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// One row for each element or field in a VARIANT, with its place and name; one of NULLs for all others.
public func variant_explode_outer(_ variant: some ColumnOrName) -> Column {
    call("variant_explode_outer", [variant.asColumn])
}
