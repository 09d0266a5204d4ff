// Every function of the table over every kind of input: whole batches give what their rows give one by one.

import Analysis
import Columns
import Formats
import Functions
import LogicalPlan
import Lowering
import Operators
import Planner
import TestSupport
import Testing

/// Calls of every function over columns of all types, drawn by chance from a fixed seed: the rows of a batch of 5,000,
/// of a selection of it, of none and of constant columns have the values that each has as a batch of its own.
@Suite struct EveryFunctionTests {
    /// How many kinds of calls of one function and number of arguments are evaluated.
    private static let callsOfEach = 2
    private static let rowCount = 5000

    @Test("every function gives the same for a batch as row by row", arguments: FunctionGroup.allCases)
    func everyFunction(_ group: FunctionGroup) throws {
        let pool = InputPool(rows: Self.rowCount)
        var chance = SeededRandom(20_261_127)
        for definition in FunctionTable.all where definition.group == group {
            guard !definition.traits.contains(.isNondeterministic), !Self.tooLarge.contains(definition.name) else {
                continue
            }
            var evaluated = 0
            let most = min(definition.arity.upperBound, definition.arity.lowerBound + 1)
            for count in definition.arity.lowerBound...most {
                evaluated += try calls(definition, count, pool, &chance)
            }
            // What these take is not in the pool, or is drawn too seldom.
            #expect(evaluated > 0 || Self.outsideThePool.contains(definition.name), "\(definition.name) was not called")
        }
    }

    /// What makes millions of elements of two values of the pool.
    private static let tooLarge: Set<String> = ["sequence"]

    private static let outsideThePool: Set<String> = [
        "window_time", "map_from_entries", "flatten", "element_at", "try_element_at", "schema_of_json", "schema_of_csv",
        "vector_inner_product", "vector_cosine_similarity", "vector_l2_distance", "timestampadd", "timestampdiff",
        "make_timestamp_ntz", "variant_get", "try_variant_get",
    ]

    /// Evaluates some calls with so many arguments, and says how many.
    private func calls(
        _ definition: FunctionDefinition, _ count: Int, _ pool: InputPool, _ chance: inout SeededRandom
    ) throws -> Int {
        var evaluated = 0
        var tried: Set<[String]> = []
        for _ in 0..<(count == 0 ? 1 : 500) where evaluated < Self.callsOfEach {
            let arguments = (0..<count).map { place in
                let mayBeConstant = definition.values.contains(place) || chance.below(4) == 0
                return mayBeConstant && chance.below(3) > 0
                    ? InputPool.constants[chance.below(InputPool.constants.count)]
                    : "c\(chance.below(pool.schema.count))"
            }
            guard tried.insert(arguments).inserted else { continue }
            let call = "`\(definition.name)`(\(arguments.joined(separator: ", ")))"
            guard let expression = try? pool.resolved(call), let compiled = try? CompiledExpression(expression)
            else { continue }
            // A column at least, where there is an argument: constants alone are folded elsewhere.
            guard count == 0 || arguments.contains(where: { $0.hasPrefix("c") }) else { continue }
            compare(compiled, pool, call)
            evaluated += 1
        }
        return evaluated
    }

    private static let context = BatchContext(batchTimestampMicroseconds: 1_700_000_000_000_000)

    /// The values of some rows of the pool, or what is raised.
    private func evaluate(
        _ compiled: CompiledExpression, _ batch: RecordBatch, _ call: String
    ) -> Result<ColumnVector, ExecutionError> {
        do throws(ExecutionError) {
            let column = try compiled.evaluate(batch, Self.context)
            if let broken = column.brokenInvariants().first { Issue.record("\(call): \(broken)") }
            #expect(column.count == batch.count && column.type == compiled.type, "\(call)")
            return .success(column)
        } catch {
            return .failure(error)
        }
    }

    private func compare(_ compiled: CompiledExpression, _ pool: InputPool, _ call: String) {
        // Row by row.
        let rows = (0..<InputPool.distinct).map { row in
            (row, evaluate(compiled, pool.batch.selecting(Selection([Int32(row)])), call))
        }
        let values = rows.compactMap { row, result in (try? result.get()).map { (row, $0.value(at: 0)) } }
        let good = Set(values.map(\.0))
        // None, and all of those that raise nothing: the rows of the pool repeat.
        _ = evaluate(compiled, pool.batch.selecting(Selection([])), call)
        let all = (0..<Self.rowCount).filter { good.contains($0 % InputPool.distinct) }
        let byRow = Dictionary(uniqueKeysWithValues: values)
        check(compiled, pool.batch.selecting(Selection(all.map(Int32.init))), call) {
            byRow[all[$0] % InputPool.distinct]
        }
        if good.count == InputPool.distinct {
            check(compiled, pool.batch, call) { byRow[$0 % InputPool.distinct] }
        } else if case .success = evaluate(compiled, pool.batch, call) {
            Issue.record("\(call) raises for a row, and not for the batch that it is in")
        }
        // Constant columns.
        for (row, value) in values.prefix(4) {
            guard let constants = pool.constant(row, count: 5) else { continue }
            check(compiled, constants, call) { _ in value }
        }
    }

    private func check(
        _ compiled: CompiledExpression, _ batch: RecordBatch, _ call: String, _ expected: (Int) -> Value?
    ) {
        switch evaluate(compiled, batch, call) {
        case .failure(let error):
            Issue.record("\(call) raises \(error) for \(batch.count) rows that raise nothing alone")
        case .success(let column):
            // Not all rows: these meet each of those that repeat.
            for row in stride(from: 0, to: column.count, by: 7) {
                let (found, wanted) = (column.value(at: row), expected(row))
                // As text NaN equals itself.
                guard found != wanted, "\(found)" != wanted.map({ "\($0)" }) else { continue }
                let alone = String(describing: wanted)
                Issue.record("\(call): row \(row) of \(batch.count) is \(found), and alone \(alone)")
                return
            }
        }
    }
}

/// Columns of all types, the first rows of which repeat.
private struct InputPool {
    /// So many rows are different.
    static let distinct = 11

    /// What stands in the place of an argument that must be constant, or may be.
    static let constants = [
        "1", "2", "-1", "'a'", "'yyyy-MM-dd'", "'month'", "'HOUR'", "'UTC'", "'utf-8'", "','", "NULL", "0.5D", "'999'",
        "'a INT, b STRING'", "'$.a'", "array(1, 2)", "true", "'(a)'", "2.5", "'%s'", "'Europe/Berlin'", "10L", "'HOST'",
        "INTERVAL '1' DAY",
    ]

    let schema: Schema
    let batch: RecordBatch
    private let source: ScanSource

    init(rows: Int) {
        let text: [Value] = [
            "", "a", "Äpfel, 12", "2024-02-29 13:14:15.5", "{\"a\":1,\"b\":[1,2]}", "12.50", "%_\\",
            "https://h/p?q=1#r",
            "ZG9n", "日本語 x",
        ].map { .string($0) }
        let numbers: [Int64] = [0, 1, -1, 2, 7, 100, -45, 3, 12, 20]
        let doubles: [Double] = [0, -0.0, 1.5, -2.5, .nan, .infinity, 1e-9, 3, 100.25, -7]
        let times: [Int64] = [
            0, 1, -1, 1_709_212_455_500_000, -62_135_596_800_000_000, 951_782_399_999_999, 1_700_000_000_000_000,
            86_400_000_000, 253_402_300_799_999_999, 123_456_789,
        ]
        let array = DataType.array(.integer, containsNull: true)
        let texts = DataType.array(.string, containsNull: true)
        let vector = DataType.array(.float, containsNull: true)
        let map = DataType.map(key: .string, value: .integer, valueContainsNull: true)
        let pair = DataType.structure([Field("a", .integer, isNullable: true), Field("b", .string, isNullable: true)])
        func list(_ place: Int, _ element: (Int) -> Value) -> Value {
            .array((0..<(place % 4)).map { ($0 + place) % 3 == 2 ? .null : element($0 + place) })
        }
        let json = [
            "1", "null", "\"a\"", "{\"a\":1,\"b\":[1,2]}", "[1,\"x\",null]", "2.50", "1e3", "true", "{}",
            "{\"a\":{\"a\":\"é\"}}",
        ]
        let parsed = try? VariantParser.parse(
            ValueColumns.column(of: json.map { .string($0) }, type: .string), isTry: true)
        let variants = json.indices.map { parsed?.value(at: $0) ?? .null }
        let columns: [(DataType, (Int) -> Value)] = [
            (.string, { text[$0] }), (.binary, { .binary(Array("b\($0)é".utf8) + [UInt8($0 * 25)]) }),
            (.boolean, { .boolean($0 % 2 == 0) }), (.byte, { .byte(Int8(numbers[$0])) }),
            (.short, { .short(Int16(numbers[$0])) }), (.integer, { .integer(Int32(numbers[$0])) }),
            (.long, { .long(numbers[$0]) }), (.float, { .float(Float(doubles[$0])) }),
            (.double, { .double(doubles[$0]) }),
            (.decimal(precision: 10, scale: 2), { .decimal(unscaled: Int128(numbers[$0]) * 37, scale: 2) }),
            (.date, { .date(Int32(numbers[$0] * 400)) }), (.timestamp, { .timestamp(times[$0]) }),
            (.timestampNTZ, { .timestampNTZ(times[$0]) }),
            (.time(precision: 6), { .time(abs(times[$0]) % 86_400_000_000 * 1000) }),
            (.dayTimeInterval(.dayToSecond), { .dayTimeInterval(numbers[$0] * 3_600_000_000, .dayToSecond) }),
            (.yearMonthInterval(.yearToMonth), { .yearMonthInterval(Int32(numbers[$0]), .yearToMonth) }),
            (array, { list($0) { .integer(Int32($0)) } }), (texts, { list($0) { text[$0 % text.count] } }),
            (vector, { list($0 / 3 * 3) { .float(Float($0)) } }),
            (
                map,
                { place in
                    .map((0..<(place % 3)).map { .init(key: .string("k\($0)"), value: .integer(Int32($0 + place))) })
                }
            ),
            (pair, { .structure([.integer(Int32($0)), text[$0]]) }), (.variant, { variants[$0] }),
        ]
        schema = Schema(columns.enumerated().map { Field("c\($0.offset)", $0.element.0, isNullable: true) })
        batch = RecordBatch(
            schema: schema,
            columns: columns.enumerated().map { place, column in
                // NULL is in another row of each column, and in the last of all.
                let ten = (0..<10).map { $0 == place % 10 && place > 9 ? .null : column.1($0) } + [Value.null]
                let few = ValueColumns.column(of: ten, type: column.0)
                return TakeKernel.take(few, Selection((0..<rows).map { Int32($0 % InputPool.distinct) }))
            }, count: rows)
        source = ScanSource(id: "0", name: "pool", schema: schema, isStreaming: false)
    }

    /// An expression in SQL over the columns.
    func resolved(_ text: String) throws -> ResolvedExpression {
        let plan = try Analyzer.analyze(.project(.scan(source), [try ExpressionLowering.expression(text)]))
        guard case .project(let input, let list) = plan else { throw PlanError("TEST", "no projection") }
        return try InputColumns(input.columns).bind(list[0].expression)
    }

    /// A row's values as constant columns; `nil` where one is NULL.
    func constant(_ row: Int, count: Int) -> RecordBatch? {
        let one = Selection([Int32(row)])
        let columns = batch.columns.map { TakeKernel.take($0, one) }
        guard columns.allSatisfy({ $0.nullCount == 0 }) else { return nil }
        return RecordBatch(
            schema: schema, columns: columns.map { ColumnVector(repeating: $0, count: count) }, count: count)
    }
}
