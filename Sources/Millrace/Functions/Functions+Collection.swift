// Arrays and maps. Made from the table of functions: see FunctionDocumentsTests.

/// An array of the values.
public func array(_ value: any ColumnOrName...) -> Column {
    call("array", value.map { $0.asColumn })
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The array with the value behind its elements.
public func array_append(_ array: some ColumnOrName, _ value: some ColumnOrValue) -> Column {
    call("array_append", [array.asColumn, value.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The array without NULLs.
public func array_compact(_ array: some ColumnOrName) -> Column {
    call("array_compact", [array.asColumn])
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
/// The different elements of the first array that the second one doesn't have.
public func array_except(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("array_except", [a.asColumn, b.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The array with the value at a place, from 1, or below 0 from the end; NULLs fill what lies between.
public func array_insert(
    _ array: some ColumnOrName, _ place: some ColumnOrName, _ value: some ColumnOrValue
) -> Column {
    call("array_insert", [array.asColumn, place.asColumn, value.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The different elements that both arrays have.
public func array_intersect(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("array_intersect", [a.asColumn, b.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The texts of an array with a separator between them; NULLs as the replacement, or left out.
public func array_join(_ array: some ColumnOrName, _ separator: some ColumnOrValue) -> Column {
    call("array_join", [array.asColumn, separator.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The texts of an array with a separator between them; NULLs as the replacement, or left out.
public func array_join(
    _ array: some ColumnOrName, _ separator: some ColumnOrValue, _ replacement: some ColumnOrValue
) -> Column {
    call("array_join", [array.asColumn, separator.asValue, replacement.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The largest element that isn't NULL.
public func array_max(_ array: some ColumnOrName) -> Column {
    call("array_max", [array.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The smallest element that isn't NULL.
public func array_min(_ array: some ColumnOrName) -> Column {
    call("array_min", [array.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// At which place, from 1, the value stands first; 0 where it doesn't.
public func array_position(_ array: some ColumnOrName, _ value: some ColumnOrValue) -> Column {
    call("array_position", [array.asColumn, value.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The array with the value in front of its elements.
public func array_prepend(_ array: some ColumnOrName, _ value: some ColumnOrValue) -> Column {
    call("array_prepend", [array.asColumn, value.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The array without elements that equal the value.
public func array_remove(_ array: some ColumnOrName, _ value: some ColumnOrValue) -> Column {
    call("array_remove", [array.asColumn, value.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// An array of the value so many times.
public func array_repeat(_ value: some ColumnOrName, _ times: some ColumnOrName) -> Column {
    call("array_repeat", [value.asColumn, times.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// How many elements there are.
public func array_size(_ array: some ColumnOrName) -> Column {
    call("array_size", [array.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The elements in order, NULL last.
public func array_sort(_ array: some ColumnOrName) -> Column {
    call("array_sort", [array.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The different elements of both arrays.
public func array_union(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("array_union", [a.asColumn, b.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Whether the arrays have an element in common; NULL where only NULLs could be it.
public func arrays_overlap(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("arrays_overlap", [a.asColumn, b.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// An array of structures of the elements at the same place, NULL behind the shorter arrays.
public func arrays_zip(_ array: any ColumnOrName...) -> Column {
    call("arrays_zip", array.map { $0.asColumn })
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The element with a number from 1, or below 0 from the end.
public func element_at(_ array: some ColumnOrName, _ index: some ColumnOrName) -> Column {
    call("element_at", [array.asColumn, index.asColumn])
}

/// The elements of an array's arrays; NULL where one is NULL.
public func flatten(_ arrays: some ColumnOrName) -> Column {
    call("flatten", [arrays.asColumn])
}

/// The element with an index from 0, NULL where there is none.
public func get(_ array: some ColumnOrName, _ index: some ColumnOrName) -> Column {
    call("get", [array.asColumn, index.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The entries of all maps; a key must not be twice.
public func map_concat(_ map: any ColumnOrName...) -> Column {
    call("map_concat", map.map { $0.asColumn })
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Whether the key is one of the map's.
public func map_contains_key(_ map: some ColumnOrName, _ key: some ColumnOrValue) -> Column {
    call("map_contains_key", [map.asColumn, key.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// An array of structures of key and value.
public func map_entries(_ map: some ColumnOrName) -> Column {
    call("map_entries", [map.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A map of the keys to the values.
public func map_from_arrays(_ keys: some ColumnOrName, _ values: some ColumnOrName) -> Column {
    call("map_from_arrays", [keys.asColumn, values.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A map of an array of pairs.
public func map_from_entries(_ array: some ColumnOrName) -> Column {
    call("map_from_entries", [array.asColumn])
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

/// An array of whole numbers or of times from start to stop, one or a day apart, or by steps.
public func sequence(_ start: some ColumnOrName, _ stop: some ColumnOrName) -> Column {
    call("sequence", [start.asColumn, stop.asColumn])
}

/// An array of whole numbers or of times from start to stop, one or a day apart, or by steps.
public func sequence(_ start: some ColumnOrName, _ stop: some ColumnOrName, _ step: some ColumnOrName) -> Column {
    call("sequence", [start.asColumn, stop.asColumn, step.asColumn])
}

/// The elements in an order by chance.
public func shuffle(_ array: some ColumnOrName) -> Column {
    call("shuffle", [array.asColumn])
}

/// The elements in an order by chance.
public func shuffle(_ array: some ColumnOrName, _ seed: some ColumnOrName) -> Column {
    call("shuffle", [array.asColumn, seed.asColumn])
}

/// How many elements there are.
public func size(_ array: some ColumnOrName) -> Column {
    call("size", [array.asColumn])
}

/// How many elements there are.
public func cardinality(_ array: some ColumnOrName) -> Column {
    call("cardinality", [array.asColumn])
}

/// So many elements from a place on, which counts from 1, or below 0 from the end.
public func slice(_ array: some ColumnOrName, _ place: some ColumnOrName, _ length: some ColumnOrName) -> Column {
    call("slice", [array.asColumn, place.asColumn, length.asColumn])
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

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The cosine of the angle between two vectors, NULL where one has no length.
public func vector_cosine_similarity(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("vector_cosine_similarity", [a.asColumn, b.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The sum of the products of two vectors' elements.
public func vector_inner_product(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("vector_inner_product", [a.asColumn, b.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The distance between the points that two vectors name.
public func vector_l2_distance(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("vector_l2_distance", [a.asColumn, b.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The length of a vector of FLOAT, by the degree 1.0, 2.0 or float('inf').
public func vector_norm(_ vector: some ColumnOrName) -> Column {
    call("vector_norm", [vector.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The length of a vector of FLOAT, by the degree 1.0, 2.0 or float('inf').
public func vector_norm(_ vector: some ColumnOrName, _ degree: some ColumnOrName) -> Column {
    call("vector_norm", [vector.asColumn, degree.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A vector of FLOAT with the length 1, by the degree 1.0, 2.0 or float('inf').
public func vector_normalize(_ vector: some ColumnOrName) -> Column {
    call("vector_normalize", [vector.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A vector of FLOAT with the length 1, by the degree 1.0, 2.0 or float('inf').
public func vector_normalize(_ vector: some ColumnOrName, _ degree: some ColumnOrName) -> Column {
    call("vector_normalize", [vector.asColumn, degree.asColumn])
}
