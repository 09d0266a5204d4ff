// The Swift types of keys and rows of groups, and what a new query begins with.

import Columns
import LogicalPlan

/// The columns of a type.
struct TypedRows<Row>: Sendable {
    let fields: [Field]
    let isStructure: Bool
}

extension TypedRows where Row: Decodable {
    /// Finds the columns of the type: the properties of a structure, or one column `value`.
    init() throws {
        let shape = try TypedColumns.value(Row.self)
        if case .structure(let properties) = shape.type, !shape.isNullable {
            (fields, isStructure) = (properties, true)
        } else {
            (fields, isStructure) = ([Field("value", shape.type, isNullable: shape.isNullable)], false)
        }
    }

    /// Reads columns of just these types.
    func reader() -> TypedReader<Row> { reader(from: fields.map(\.type)) }

    func reader(from columns: [DataType]) -> TypedReader<Row> {
        TypedReader(fields, isStructure: isStructure, from: columns)
    }
}

extension TypedRows where Row: Encodable {
    func writer() -> TypedWriter<Row> { TypedWriter(fields, isStructure: isStructure) }
}

/// Keys and rows of groups, with the states that a new query begins with.
struct TypedGroups<Key: Codable & Hashable, Input: Decodable>: Sendable {
    let keys: TypedRows<Key>
    let inputs: TypedRows<Input>
    /// As many keys and states.
    private let initial: (keys: [ColumnVector], states: ColumnVector)?

    /// Without states.
    init() throws {
        keys = try TypedRows()
        inputs = try TypedRows()
        initial = nil
    }

    /// With these states as one column.
    init<State: Encodable>(_ initialState: [Key: State], as state: TypedRows<State>) throws {
        keys = try TypedRows()
        inputs = try TypedRows()
        initial = try initialState.isEmpty ? nil : Self.columns(initialState, keys, state)
    }

    private static func columns<State: Encodable>(
        _ initialState: [Key: State], _ keys: TypedRows<Key>, _ state: TypedRows<State>
    ) throws -> (keys: [ColumnVector], states: ColumnVector) {
        let (keyWriter, stateWriter) = (keys.writer(), state.writer())
        for (key, state) in initialState {
            try keyWriter.write(key)
            try stateWriter.write(state)
        }
        return (keyWriter.finish(), stateWriter.finish()[0])
    }

    /// Which of these columns make a row.
    func rowColumns(among columns: [Field]) throws(PlanError) -> [Int] {
        guard inputs.isStructure else {
            guard columns.count == 1 else {
                throw PlanError(
                    "UNSUPPORTED_DESERIALIZER.FIELD_NUMBER_MISMATCH",
                    "\(Input.self) is one value, and the rows have \(columns.count) columns: "
                        + columns.map(\.name).joined(separator: ", "),
                    hint: "take a structure with properties of the columns' names, or select one column before")
            }
            try check(inputs.fields[0], from: columns[0])
            return [0]
        }
        var places: [Int] = []
        for field in inputs.fields {
            guard let place = TypedColumns.place(of: field.name, in: columns) else {
                throw PlanError(
                    "UNRESOLVED_COLUMN",
                    "the property `\(field.name)` of \(Input.self) is no column of the rows, which have "
                        + columns.map(\.name).joined(separator: ", "),
                    hint: "select the column under that name before, or give the property another name")
            }
            try check(field, from: columns[place])
            places.append(place)
        }
        return places
    }

    /// Refuses keys that the type doesn't take.
    func checkKeys(_ columns: [Field]) throws(PlanError) {
        let places = try keyPlaces(columns)
        for (values, place) in zip(initial?.keys ?? [], places) where values.type != columns[place].type {
            throw PlanError(
                "CANNOT_UP_CAST_DATATYPE",
                "the key `\(columns[place].name)` is \(columns[place].type), and \(values.type) in the initial state",
                hint: "cast the column to the type of the Swift key")
        }
    }

    /// Which of the key columns each property of the key is.
    private func keyPlaces(_ columns: [Field]) throws(PlanError) -> [Int] {
        guard columns.count == keys.fields.count else {
            throw PlanError(
                "UNSUPPORTED_DESERIALIZER.FIELD_NUMBER_MISMATCH",
                "\(Key.self) has \(keys.fields.count) columns, and rows are grouped by \(columns.count)",
                hint: "take a structure with a property for each key")
        }
        var places: [Int] = []
        for (number, field) in keys.fields.enumerated() {
            // A value has no name of its own.
            let place = keys.isStructure ? TypedColumns.place(of: field.name, in: columns) : number
            guard let place else {
                throw PlanError(
                    "UNRESOLVED_COLUMN",
                    "the property `\(field.name)` of \(Key.self) is none of the keys, which are "
                        + columns.map(\.name).joined(separator: ", "))
            }
            try check(field, from: columns[place])
            places.append(place)
        }
        return places
    }

    private func check(_ wanted: Field, from column: Field) throws(PlanError) {
        guard TypedColumns.canRead(wanted.type, from: column.type) else {
            throw PlanError(
                "CANNOT_UP_CAST_DATATYPE",
                "Cannot up cast `\(column.name)` from \(column.type) to \(wanted.type), the Swift type's",
                hint: "cast the column, or change the type of the property")
        }
    }

    /// What a new query begins with: its key columns, then the states.
    func initialStates(keys columns: [Field]) -> [ColumnVector]? {
        guard let initial else { return nil }
        var ordered = initial.keys
        for (property, place) in checkedPlaces(columns).enumerated() { ordered[place] = initial.keys[property] }
        return ordered + [initial.states]
    }

    /// The same of keys that were checked.
    func checkedPlaces(_ columns: [Field]) -> [Int] {
        guard let places = try? keyPlaces(columns) else {
            preconditionFailure("the keys of \(Key.self) were checked when the query was planned")
        }
        return places
    }
}
