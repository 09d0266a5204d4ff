// Batches as text and back, for tests and for people who debug.
//
//     word:T  count:I  tags:[T]
//     apple   3        ['a', 'b']
//     .       -1       []
//
// The header names each column and, behind a colon, its type by a letter:
//
// | letter | type | letter | type |
// |---|---|---|---|
// | T | STRING | D | DOUBLE |
// | I | BIGINT | F | FLOAT |
// | i | INT | X | BINARY, as hexadecimal digits |
// | s | SMALLINT | d | DATE |
// | y | TINYINT | t | TIMESTAMP, quoted |
// | B | BOOLEAN | N(p,s) | DECIMAL |
//
// and `[x]` for an array of x, `{x:y}` for a map from x to y, `(a:x,b:y)` for a structure with the fields a and b;
// their values look the same: `[1,2]`, `{a:1,b:2}`, `(1,x)`. A lone point is NULL. Strings that are empty, hold blanks,
// quotes, commas, colons or brackets, or look like NULL stand in single quotes, with a backslash before quotes,
// backslashes, `\n` and `\t`.

extension RecordBatch {
    /// The rows that count as an aligned table.
    package var picture: String {
        let header = schema.fields.map { "\($0.name):\(Picture.letter($0.type))" }
        let body = rows().map { row in
            zip(row.values, schema.fields).map { Picture.cell($0, $1.type) }
        }
        let table = [header] + body
        let widths = header.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { line in
            var text = ""
            for (column, cell) in line.enumerated() {
                text += cell
                if column < line.count - 1 { text += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            return text
        }.joined(separator: "\n")
    }

    /// The batch that a picture shows; blank lines and indentation don't count.
    ///
    /// - Throws: INVALID_PICTURE with what is wrong and the row.
    package static func fromPicture(_ text: String) throws(KernelError) -> RecordBatch {
        var lines: [[String]] = []
        for line in text.split(separator: "\n") {
            let cells = try Picture.cells(String(line), row: lines.count - 1)
            if !cells.isEmpty { lines.append(cells) }
        }
        guard let header = lines.first else { throw Picture.invalid("there is no header", row: 0) }
        var fields: [Field] = []
        for cell in header {
            guard let colon = cell.firstIndex(of: ":") else {
                throw Picture.invalid("'\(cell)' has no type: write name:T", row: 0)
            }
            fields.append(Field(String(cell[..<colon]), try Picture.type(String(cell[cell.index(after: colon)...]))))
        }
        var rows: [[Value]] = []
        for (row, line) in lines.dropFirst().enumerated() {
            guard line.count == fields.count else {
                throw Picture.invalid("\(line.count) cells for \(fields.count) columns", row: row)
            }
            var values: [Value] = []
            for (cell, field) in zip(line, fields) { values.append(try Picture.value(cell, field.type, row: row)) }
            rows.append(values)
        }
        return ValueColumns.batch(schema: Schema(fields), rows: rows)
    }
}

private enum Picture {
    static func invalid(_ message: String, row: Int) -> KernelError {
        KernelError(
            code: "INVALID_PICTURE", message: message, row: row, hint: "see Columns/Batch/RecordBatch+Picture.swift")
    }

    static func letter(_ type: DataType) -> String {
        switch type {
        case .string: "T"
        case .long: "I"
        case .integer: "i"
        case .short: "s"
        case .byte: "y"
        case .boolean: "B"
        case .double: "D"
        case .float: "F"
        case .binary: "X"
        case .date: "d"
        case .timestamp: "t"
        case .timestampNTZ: "n"
        case .yearMonthInterval, .dayTimeInterval: "<\(type.description.replacing(" ", with: "_"))>"
        case .time(let precision): "h(\(precision))"
        case .decimal(let precision, let scale): "N(\(precision),\(scale))"
        case .array(let element, _): "[\(letter(element))]"
        case .map(let key, let value, _): "{\(letter(key)):\(letter(value))}"
        case .structure(let fields): "(\(fields.map { "\($0.name):\(letter($0.type))" }.joined(separator: ",")))"
        case .null, .variant: "\(type)"
        }
    }

    static func type(_ text: String) throws(KernelError) -> DataType {
        let simple: [String: DataType] = [
            "T": .string, "I": .long, "i": .integer, "s": .short, "y": .byte, "B": .boolean, "D": .double, "F": .float,
            "X": .binary, "d": .date, "t": .timestamp, "n": .timestampNTZ,
        ]
        if let type = simple[text] { return type }
        if text.hasPrefix("["), text.hasSuffix("]") {
            return .array(try type(String(text.dropFirst().dropLast())), containsNull: true)
        }
        if text.hasPrefix("{"), text.hasSuffix("}") {
            let parts = try pieces(inside(text), separator: ":", row: 0)
            if parts.count == 2 {
                return .map(key: try type(parts[0]), value: try type(parts[1]), valueContainsNull: true)
            }
        }
        if text.hasPrefix("("), text.hasSuffix(")") {
            var fields: [Field] = []
            for piece in try pieces(inside(text), separator: ",", row: 0) {
                guard let colon = piece.firstIndex(of: ":") else { throw invalid("'\(piece)' has no type", row: 0) }
                fields.append(
                    Field(String(piece[..<colon]), try type(String(piece[piece.index(after: colon)...]))))
            }
            return .structure(fields)
        }
        if text.hasPrefix("<INTERVAL_"), text.hasSuffix(">") {
            let fields = String(text.dropFirst(10).dropLast()).replacing("_", with: " ")
            if let fields = YearMonthFields(rawValue: fields) { return .yearMonthInterval(fields) }
            if let fields = DayTimeFields(rawValue: fields) { return .dayTimeInterval(fields) }
        }
        if text.hasPrefix("N("), text.hasSuffix(")") {
            let numbers = text.dropFirst(2).dropLast().split(separator: ",").compactMap { Int($0) }
            if numbers.count == 2, (1...38).contains(numbers[0]), (0...numbers[0]).contains(numbers[1]) {
                return .decimal(precision: numbers[0], scale: numbers[1])
            }
        }
        if text.hasPrefix("h("), text.hasSuffix(")"), let precision = Int(text.dropFirst(2).dropLast()),
            TimeOfDay.precisions.contains(precision)
        {
            return .time(precision: precision)
        }
        throw invalid("'\(text)' is no type", row: 0)
    }

    // MARK: Cells to text

    static func cell(_ value: Value, _ type: DataType) -> String {
        switch value {
        case .null: return "."
        case .string(let text): return quoted(text)
        case .boolean(let bool): return bool ? "true" : "false"
        case .binary(let bytes):
            let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return digits.isEmpty ? "''" : digits
        case .array(let values):
            guard case .array(let element, _) = type else { return "?" }
            return "[" + values.map { cell($0, element) }.joined(separator: ",") + "]"
        case .map(let entries):
            guard case .map(let key, let value, _) = type else { return "?" }
            return "{" + entries.map { "\(cell($0.key, key)):\(cell($0.value, value))" }.joined(separator: ",") + "}"
        case .structure(let values):
            guard case .structure(let fields) = type else { return "?" }
            return "(" + zip(values, fields).map { cell($0, $1.type) }.joined(separator: ",") + ")"
        default:
            return quoted(CastToText.text(ValueColumns.column(of: [value], type: type), row: 0))
        }
    }

    private static func quoted(_ text: String) -> String {
        let special: Set<Character> = [" ", "'", ",", ":", "[", "]", "{", "}", "(", ")", "\\", "\n", "\t", "\r"]
        guard text.isEmpty || text == "." || text.contains(where: { special.contains($0) }) else { return text }
        var result = "'"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'", "\\": result += "\\" + String(scalar)
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "'"
    }

    // MARK: Text to cells

    /// The cells of a line, quotes kept: blanks outside quotes and brackets separate them.
    static func cells(_ line: String, row: Int) throws(KernelError) -> [String] {
        try pieces(line, separator: " ", row: row).filter { !$0.isEmpty }
    }

    private static func pieces(
        _ text: String, separator: Unicode.Scalar, row: Int
    ) throws(KernelError) -> [String] {
        var result = [""]
        var depth = 0
        var isQuoted = false
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            if scalar == separator, depth == 0, !isQuoted {
                result.append("")
                continue
            }
            result[result.count - 1].unicodeScalars.append(scalar)
            if scalar == "\\", isQuoted, let next = scalars.popFirst() {
                result[result.count - 1].unicodeScalars.append(next)
            } else if scalar == "'" {
                isQuoted.toggle()
            } else if !isQuoted, "[({".unicodeScalars.contains(scalar) {
                depth += 1
            } else if !isQuoted, "])}".unicodeScalars.contains(scalar) {
                depth -= 1
            }
        }
        guard !isQuoted, depth == 0 else { throw invalid("a quote or bracket is not closed in: \(text)", row: row) }
        return result
    }

    static func value(_ cell: String, _ type: DataType, row: Int) throws(KernelError) -> Value {
        if cell == "." { return .null }
        switch type {
        case .array(let element, _):
            var values: [Value] = []
            for piece in try items(cell, "[", "]", row: row) { values.append(try value(piece, element, row: row)) }
            return .array(values)
        case .map(let keyType, let valueType, _):
            var entries: [Value.MapEntry] = []
            for piece in try items(cell, "{", "}", row: row) {
                let parts = try pieces(piece, separator: ":", row: row).map(trimmed)
                guard parts.count == 2 else { throw invalid("'\(piece)' is no entry of a map", row: row) }
                entries.append(
                    Value.MapEntry(
                        key: try value(parts[0], keyType, row: row), value: try value(parts[1], valueType, row: row)))
            }
            return .map(entries)
        case .structure(let fields):
            let items = try items(cell, "(", ")", row: row)
            guard items.count == fields.count else { throw invalid("'\(cell)' has other fields", row: row) }
            var values: [Value] = []
            for (item, field) in zip(items, fields) { values.append(try value(item, field.type, row: row)) }
            return .structure(values)
        default: break
        }
        let text = unquoted(cell)
        if type == .binary {
            var bytes: [UInt8] = []
            let digits = Array(text.utf8)
            for pair in stride(from: 0, to: digits.count, by: 2) {
                guard pair + 1 < digits.count,
                    let byte = UInt8(String(decoding: digits[pair...(pair + 1)], as: UTF8.self), radix: 16)
                else { throw invalid("'\(cell)' is not hexadecimal", row: row) }
                bytes.append(byte)
            }
            return .binary(bytes)
        }
        do {
            return try CastKernel.cast(ValueColumns.column(of: [.string(text)], type: .string), to: type).value(at: 0)
        } catch {
            throw invalid(error.message, row: row)
        }
    }

    /// What stands between the brackets, piece by piece.
    private static func items(
        _ cell: String, _ open: String, _ close: String, row: Int
    ) throws(KernelError) -> [String] {
        guard cell.hasPrefix(open), cell.hasSuffix(close) else {
            throw invalid("'\(cell)' does not stand between \(open) and \(close)", row: row)
        }
        let inner = inside(cell)
        if inner.allSatisfy({ $0 == " " }) { return [] }
        return try pieces(inner, separator: ",", row: row).map(trimmed)
    }

    private static func inside(_ text: String) -> String { String(text.dropFirst().dropLast()) }

    private static func trimmed(_ piece: String) -> String {
        String(decoding: piece.utf8.drop { $0 == 32 }.reversed().drop { $0 == 32 }.reversed(), as: UTF8.self)
    }

    private static func unquoted(_ cell: String) -> String {
        guard cell.hasPrefix("'"), cell.hasSuffix("'"), cell.count >= 2 else { return cell }
        var result = ""
        var scalars = Array(cell.unicodeScalars.dropFirst().dropLast())[...]
        while let scalar = scalars.popFirst() {
            guard scalar == "\\", let next = scalars.popFirst() else {
                result.unicodeScalars.append(scalar)
                continue
            }
            switch next {
            case "n": result += "\n"
            case "t": result += "\t"
            case "r": result += "\r"
            default: result.unicodeScalars.append(next)
            }
        }
        return result
    }
}
