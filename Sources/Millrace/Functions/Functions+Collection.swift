// Arrays and maps. Made from the table of functions: see FunctionDocumentsTests.

/// An array of the values.
public func array(_ value: any ColumnOrName...) -> Column {
    call("array", value.map { $0.asColumn })
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Whether the value is an element.
public func array_contains(_ array: some ColumnOrName, _ value: some ColumnOrValue) -> Column {
    call("array_contains", [array.asColumn, value.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The elements, each where it is first.
public func array_distinct(_ array: some ColumnOrName) -> Column {
    call("array_distinct", [array.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// How many elements there are.
public func array_size(_ array: some ColumnOrName) -> Column {
    call("array_size", [array.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The element with a number from 1, or below 0 from the end.
public func element_at(_ array: some ColumnOrName, _ index: some ColumnOrName) -> Column {
    call("element_at", [array.asColumn, index.asColumn])
}

/// The element with an index from 0, NULL where there is none.
public func get(_ array: some ColumnOrName, _ index: some ColumnOrName) -> Column {
    call("get", [array.asColumn, index.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The keys of a map, in order.
public func map_keys(_ map: some ColumnOrName) -> Column {
    call("map_keys", [map.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The values of a map, in order.
public func map_values(_ map: some ColumnOrName) -> Column {
    call("map_values", [map.asColumn])
}

/// How many elements there are.
public func size(_ array: some ColumnOrName) -> Column {
    call("size", [array.asColumn])
}

/// How many elements there are.
public func cardinality(_ array: some ColumnOrName) -> Column {
    call("cardinality", [array.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The elements in order, NULL first where it goes up.
public func sort_array(_ array: some ColumnOrName) -> Column {
    call("sort_array", [array.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The elements in order, NULL first where it goes up.
public func sort_array(_ array: some ColumnOrName, _ ascending: some ColumnOrValue) -> Column {
    call("sort_array", [array.asColumn, ascending.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// As element_at, NULL where there is no such element.
public func try_element_at(_ array: some ColumnOrName, _ index: some ColumnOrName) -> Column {
    call("try_element_at", [array.asColumn, index.asColumn])
}
