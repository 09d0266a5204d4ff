// Which schema records of JSON have.

import Columns

/// How types are inferred; as Spark infers them where nothing is changed.
package struct JSONInferenceOptions: Sendable {
    /// Numbers and booleans are strings.
    package var primitivesAsString = false
    /// Numbers with a point are decimals where they fit.
    package var prefersDecimal = false
    /// Fields without any value, and arrays without any element, are left out.
    package var dropsFieldsOfNull = false
    /// Strings that read as timestamps are timestamps.
    package var infersTimestamps = false
    /// The part of the records that is looked at.
    package var samplingRatio = 1.0

    package init() {}
}

/// Looks at records one after the other; the schema is the narrowest that holds them all.
package struct JSONInference: ~Copyable {
    private let options: JSONInferenceOptions
    private let mode: ParseMode
    private let corruptRecordColumn: String
    private var scanner: JSONScanner
    private let root = InferredType(.object)
    /// Whether some record was no object.
    private var hasBadRecords = false
    private var sampling: Sampling
    private let scratch = Buffer(capacity: 64)

    /// Types are inferred by recursion, which must end before the thread's stack does.
    package static let deepest = 1000

    /// - Throws: `INVALID_OPTION` where records may be nested too deep.
    package init(_ options: JSONInferenceOptions, reading: JSONReadOptions) throws(KernelError) {
        guard reading.maximumDepth <= Self.deepest else {
            throw KernelError(
                code: "INVALID_OPTION",
                message:
                    "the option 'maxNestingDepth' is \(reading.maximumDepth), and types of JSON are inferred up to a "
                    + "depth of \(Self.deepest)",
                hint: "give a schema, which may read deeper records, or a smaller number")
        }
        self.options = options
        sampling = Sampling(ratio: options.samplingRatio)
        mode = reading.mode
        corruptRecordColumn = reading.corruptRecordColumn
        scanner = JSONScanner(reading, at: UnsafePointer(scratch.pointer(as: UInt8.self)))
    }

    // MARK: Records

    /// Looks at a record; 64 bytes beyond it may be read.
    ///
    /// - Throws: `MALFORMED_RECORD_IN_PARSING` in the mode that ends the query.
    package mutating func add(_ text: UnsafeBufferPointer<UInt8>) throws(KernelError) {
        guard let start = text.baseAddress, sampling.takesNext() else { return }
        guard begin(start, text.count) else { return }
        let isRow = scanner.at.pointee == UInt8(ascii: "{") || scanner.at.pointee == UInt8(ascii: "[")
        let place = scanner.at
        let isNull = scanner.isWord("null", place)
        guard isValid(place) else { return try bad(start, text.count) }
        if isNull { return }
        guard isRow else { return try bad(start, text.count) }
        try addRows(start, text.count)
    }

    private mutating func begin(_ start: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        scanner.at = start
        scanner.end = start + length
        scanner.depth = 0
        return scanner.skipBlanks()
    }

    /// Whether a value stands there: nothing is merged of a record that is broken behind its middle.
    private mutating func isValid(_ place: UnsafePointer<UInt8>) -> Bool {
        defer { scanner.at = place }
        return scanner.skipValue()
    }

    private mutating func bad(_ start: UnsafePointer<UInt8>, _ length: Int) throws(KernelError) {
        if mode == .failFast { throw RecordErrors.malformed(BadRecord(start: start, length: length)) }
        if mode == .permissive { hasBadRecords = true }
    }

    private mutating func addRows(_ start: UnsafePointer<UInt8>, _ length: Int) throws(KernelError) {
        let whole = InferredType(.null)
        merge(into: whole)
        var rows = whole
        while rows.kind == .array { rows = rows.element }
        switch rows.kind {
        case .object: root.merge(rows)
        case .null: break
        default: try bad(start, length)
        }
    }

    /// The columns of all records so far, by name.
    package var schema: Schema {
        if hasBadRecords { root.field(corruptRecordColumn).merge(InferredType(.string)) }
        guard case .structure(let fields) = type(root) else { return Schema([]) }
        return Schema(fields)
    }

    /// The type of one document: `schema_of_json`. `nil` where it is none.
    package mutating func type(of text: UnsafeBufferPointer<UInt8>) -> DataType? {
        guard let start = text.baseAddress, begin(start, text.count) else { return .string }
        guard isValid(scanner.at) else { return nil }
        let whole = InferredType(.null)
        merge(into: whole)
        if whole.kind == .array { return .array(type(whole.element) ?? .structure([]), containsNull: true) }
        return type(whole) ?? (whole.kind == .object ? .structure([]) : .string)
    }

    // MARK: Values

    /// Adds the value at the scanner's place to a type. It is known to be one, and not too deep.
    private mutating func merge(into type: InferredType) {
        switch scanner.at.pointee {
        case UInt8(ascii: "{"):
            let object = type.becoming(.object)
            _ = scanner.open(isObject: true)
            while scanner.skipBlanks(), scanner.at.pointee != UInt8(ascii: "}") {
                guard let name = scanner.name(), scanner.skip(UInt8(ascii: ":")) else { return }
                merge(into: object.field(Self.string(name)))
                guard scanner.skipBlanks(), scanner.at.pointee == UInt8(ascii: ",") else { break }
                scanner.at += 1
            }
            close()
        case UInt8(ascii: "["):
            let array = type.becoming(.array)
            _ = scanner.open(isObject: false)
            while scanner.skipBlanks(), scanner.at.pointee != UInt8(ascii: "]") {
                merge(into: array.element)
                guard scanner.skipBlanks(), scanner.at.pointee == UInt8(ascii: ",") else { break }
                scanner.at += 1
            }
            close()
        case UInt8(ascii: "n"): _ = scanner.take("null")
        case UInt8(ascii: "t"), UInt8(ascii: "f"):
            _ = scanner.skipValue()
            type.merge(InferredType(options.primitivesAsString ? .string : .boolean))
        case let byte where scanner.isQuote(byte):
            guard let text = scanner.string() else { return }
            if text.length > 0 { type.merge(InferredType(kind(of: text))) }
        default:
            guard let number = scanner.number() else { return }
            type.merge(InferredType(options.primitivesAsString ? .string : kind(of: number)))
        }
    }

    private mutating func close() {
        if scanner.at < scanner.end { scanner.at += 1 }
        scanner.depth -= 1
    }

    private static func string(_ text: JSONScanner.Text) -> String {
        let bytes = UnsafeBufferPointer(start: text.start, count: text.length)
        guard text.hasEscapes else { return String(decoding: bytes, as: UTF8.self) }
        return String(unsafeUninitializedCapacity: text.length) { out in
            out.baseAddress.map { JSONEscapes.resolve(text, into: $0) } ?? 0
        }
    }

    private func kind(of number: JSONNumber) -> InferredType.Kind {
        if number.special != nil { return .double }
        if number.integer != nil { return .long }
        guard number.isIntegral || options.prefersDecimal else { return .double }
        // Digits behind the point, and all that count.
        let scale = max(0, -number.exponent)
        let precision = max(number.digits + max(0, number.exponent), scale, 1)
        return precision <= 38 ? .decimal(precision, scale) : .double
    }

    private func kind(of text: JSONScanner.Text) -> InferredType.Kind {
        if options.prefersDecimal, let kind = decimalKind(of: text) { return kind }
        guard options.infersTimestamps, !text.hasEscapes else { return .string }
        let bytes = UnsafeBufferPointer(start: text.start, count: text.length)
        return CalendarText.parseTimestamp(bytes) == nil ? .string : .timestamp
    }

    private func decimalKind(of text: JSONScanner.Text) -> InferredType.Kind? {
        var options = JSONReadOptions()
        options.allowsNonNumericNumbers = false
        options.allowsLeadingZeros = true
        var scanner = JSONScanner(options, at: text.start)
        scanner.end = text.start + text.length
        guard let number = scanner.number(), scanner.at == scanner.end else { return nil }
        let scale = max(0, -number.exponent)
        let precision = max(number.digits + max(0, number.exponent), scale, 1)
        return precision <= 38 ? .decimal(precision, scale) : nil
    }

    /// A type without what holds nothing; `nil` where it is that.
    private func type(_ inferred: InferredType) -> DataType? {
        switch inferred.kind {
        case .null: return options.dropsFieldsOfNull ? nil : .string
        case .boolean: return .boolean
        case .long: return .long
        case .double: return .double
        case .string: return .string
        case .timestamp: return .timestamp
        case .decimal(let precision, let scale): return .decimal(precision: precision, scale: scale)
        case .array: return type(inferred.element).map { .array($0, containsNull: true) }
        case .object:
            var fields: [Field] = []
            for name in inferred.names.sorted(by: { $0.utf16.lexicographicallyPrecedes($1.utf16) }) where !name.isEmpty
            {
                if let type = type(inferred.field(name)) { fields.append(Field(name, type)) }
            }
            return fields.isEmpty ? nil : .structure(fields)
        }
    }
}

/// A type that grows with the values that it holds.
private final class InferredType {
    enum Kind: Equatable {
        case null, boolean, long, double, string, timestamp, array, object
        case decimal(Int, Int)
    }

    private(set) var kind: Kind
    private var fields: [String: InferredType] = [:]
    private var elements: InferredType?

    init(_ kind: Kind) { self.kind = kind }

    /// Names of the fields of an object.
    var names: [String] { Array(fields.keys) }

    /// The type of a field; a new one holds nothing.
    func field(_ name: String) -> InferredType {
        if let known = fields[name] { return known }
        let type = InferredType(.null)
        fields[name] = type
        return type
    }

    /// The type of an array's elements.
    var element: InferredType {
        if let elements { return elements }
        let type = InferredType(.null)
        elements = type
        return type
    }

    /// This type where it is, or may become, an object or an array; else one that nobody looks at, and this is STRING.
    func becoming(_ kind: Kind) -> InferredType {
        if self.kind == .null { self.kind = kind }
        if self.kind == kind { return self }
        self.kind = .string
        return InferredType(kind)
    }

    /// Holds the values of another type, too.
    func merge(_ other: InferredType) {
        if other.kind == .null { return }
        if other.kind == .object || other.kind == .array {
            let mine = becoming(other.kind)
            guard mine === self else { return }
            for (name, type) in other.fields { field(name).merge(type) }
            if let elements = other.elements { element.merge(elements) }
            return
        }
        kind = Self.wider(kind, other.kind)
    }

    private static func wider(_ a: Kind, _ b: Kind) -> Kind {
        if a == b || b == .null { return a }
        switch (a, b) {
        case (.null, _): return b
        case (.long, .double), (.double, .long), (.decimal, .double), (.double, .decimal): return .double
        case (.long, .decimal(let precision, let scale)), (.decimal(let precision, let scale), .long):
            return decimal(20, 0, precision, scale)
        case (.decimal(let precision, let scale), .decimal(let otherPrecision, let otherScale)):
            return decimal(precision, scale, otherPrecision, otherScale)
        default: return .string
        }
    }

    private static func decimal(_ precision: Int, _ scale: Int, _ otherPrecision: Int, _ otherScale: Int) -> Kind {
        let digits = max(scale, otherScale)
        let whole = max(precision - scale, otherPrecision - otherScale)
        return whole + digits > 38 ? .double : .decimal(whole + digits, digits)
    }
}
