// The type that the values in many VARIANTs have in common.

import Columns

enum VariantAggregates {
    static let all: [AggregateDefinition] = [
        AggregateDefinition(
            "schema_of_variant_agg", "schema_of_variant_agg(variant)",
            "the type that the values in all VARIANTs have in common, as SQL writes it; VOID of none", 1...1
        ) { (call) throws(FunctionError) in
            guard [.variant, .null].contains(call.type(0)) else { throw call.unexpected(0, "VARIANT") }
            let kind = AccumulatorKind("variant schema", [0], [.variant]) { VariantSchemaAccumulator() }
            return .parts([.variant], .string, isNullable: false, [kind]) {
                (parts, groups, count) throws(AggregateError) in
                try Accumulator.cast(parts[0], VariantSchemaAccumulator.self).texts(groups, count)
            }
        }
    ]
}

/// Keeps the type of each group's values, as bytes.
final class VariantSchemaAccumulator: Accumulator {
    private let schemas = GroupRuns()
    /// 1 where something was no VARIANT: a type of it is none, in whatever order rows come.
    private let malformed = GroupSlots(.byte)
    /// The type that was added last, which most of those that follow have, too.
    private var last: (schema: VariantSchema, bytes: [UInt8])?

    init() { super.init([schemas, malformed]) }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let input = inputs[0]
        let validity = input.validityBits
        for row in 0..<count where Loops.isValid(validity, row) {
            do throws(VariantError) {
                add(try VariantSchema(VariantCell(input.run(row))), Int(groups[row]))
            } catch {
                malformed.pointer(as: UInt8.self)[Int(groups[row])] = 1
            }
        }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let other = Accumulator.cast(other, VariantSchemaAccumulator.self)
        for index in 0..<count {
            let (source, target) = (Int(from[index]), Int(into[index]))
            if other.malformed.pointer(as: UInt8.self)[source] != 0 { malformed.pointer(as: UInt8.self)[target] = 1 }
            if let run = other.schemas.run(source), let schema = VariantSchema(bytes: run) { add(schema, target) }
        }
    }

    private func add(_ schema: VariantSchema, _ group: Int) {
        if last?.schema != schema { last = (schema, schema.bytes) }
        guard let run = schemas.run(group) else {
            last?.bytes.withUnsafeBufferPointer { schemas.set(group, $0) }
            return
        }
        if let last, last.bytes.elementsEqual(run) { return }
        guard let known = VariantSchema(bytes: run) else {
            malformed.pointer(as: UInt8.self)[group] = 1
            return
        }
        known.merged(with: schema).bytes.withUnsafeBufferPointer { schemas.set(group, $0) }
    }

    /// The types as SQL writes them.
    func texts(_ groups: UnsafePointer<UInt32>, _ count: Int) throws(AggregateError) -> ColumnVector {
        var out = BytesBuilder(type: .string, capacity: count)
        for index in 0..<count {
            let group = Int(groups[index])
            guard malformed.pointer(as: UInt8.self)[group] == 0 else {
                throw AggregateError(
                    code: "MALFORMED_VARIANT", message: "a value of schema_of_variant_agg is no VARIANT",
                    hint: "leave such rows out with FILTER (WHERE is_valid_variant(...))")
            }
            let schema = schemas.run(group).flatMap { VariantSchema(bytes: $0) } ?? .void
            out.append(schema.text)
        }
        return out.finish()
    }
}

extension VariantSchema {
    /// The types without parts, by their numbers in bytes; decimals are written otherwise.
    private static let atomicTypes: [DataType] = [
        .null, .boolean, .long, .double, .float, .date, .timestamp, .timestampNTZ, .string, .binary, .variant,
    ]
    private static let decimalTag: UInt8 = 32
    private static let uuidTag: UInt8 = 33
    private static let arrayTag: UInt8 = 34
    private static let objectTag: UInt8 = 35

    /// The type as bytes that tell where they end: part of the format of checkpoints.
    var bytes: [UInt8] {
        switch self {
        case .atomic(.decimal(let precision, let scale)):
            return [Self.decimalTag, UInt8(truncatingIfNeeded: precision), UInt8(truncatingIfNeeded: scale)]
        case .atomic(let type): return [UInt8(truncatingIfNeeded: Self.atomicTypes.firstIndex(of: type) ?? 0)]
        case .uuid: return [Self.uuidTag]
        case .array(let element): return [Self.arrayTag] + element.bytes
        case .object(let members):
            return [Self.objectTag] + Self.number(members.count)
                + members.flatMap { Self.number($0.name.utf8.count) + Array($0.name.utf8) + $0.schema.bytes }
        }
    }

    private static func number(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    /// The type that bytes are; `nil` where they are none.
    init?(bytes: UnsafeBufferPointer<UInt8>) {
        var rest = bytes[...]
        guard let schema = Self.read(&rest, depth: 0), rest.isEmpty else { return nil }
        self = schema
    }

    private static func read(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>, depth: Int) -> VariantSchema? {
        // VARIANTs are no deeper.
        guard depth <= 2_000, let tag = rest.popFirst() else { return nil }
        switch tag {
        case decimalTag:
            guard let precision = rest.popFirst(), let scale = rest.popFirst(), (1...38).contains(precision),
                scale <= precision
            else { return nil }
            return .atomic(.decimal(precision: Int(precision), scale: Int(scale)))
        case uuidTag: return .uuid
        case arrayTag: return read(&rest, depth: depth + 1).map { .array($0) }
        case objectTag:
            guard let count = readNumber(&rest) else { return nil }
            var members: [Member] = []
            for _ in 0..<count {
                guard let length = readNumber(&rest), length <= rest.count else { return nil }
                let name = String(decoding: rest.prefix(length), as: UTF8.self)
                rest = rest.dropFirst(length)
                guard let schema = read(&rest, depth: depth + 1) else { return nil }
                members.append(Member(name: name, schema: schema))
            }
            return .object(members)
        default: return atomicTypes.indices.contains(Int(tag)) ? .atomic(atomicTypes[Int(tag)]) : nil
        }
    }

    private static func readNumber(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        guard rest.count >= 4 else { return nil }
        let number = rest.prefix(4).enumerated().reduce(0) { $0 | Int($1.element) << ($1.offset * 8) }
        rest = rest.dropFirst(4)
        return number
    }
}
