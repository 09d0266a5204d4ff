// The table of functions: what it promises, and the documentation that is made of it.

import Columns
import Functions
import LogicalPlan
import Testing

@Suite struct FunctionTableTests {
    @Test("what isn't deterministic is not folded: every row gets a value of its own")
    func random() throws {
        let identifiers = try values(["uuid()", "uuid()"]).map(\.value)
        #expect(identifiers[0] != identifiers[1])
        let count = 1000
        let batch = RecordBatch(schema: Schema([]), columns: [], count: count)
        let column = try evaluated("rand(7)", batch)
        let numbers = (0..<count).map { column.value(at: $0) }
        #expect(Set(numbers).count == count)
        #expect(numbers.allSatisfy { if case .double(let number) = $0 { (0..<1).contains(number) } else { false } })
        // The same seed, the same numbers; another seed, others.
        #expect(try evaluated("rand(7)", batch).value(at: 999) == numbers[999])
        #expect(try evaluated("rand(8)", batch).value(at: 999) != numbers[999])
        let normal = try evaluated("randn(7)", batch)
        let sum = (0..<count).reduce(0.0) { sum, row in
            if case .double(let number) = normal.value(at: row) { sum + number } else { sum }
        }
        #expect(abs(sum) < 150, "a sum of 1000 normal numbers has the deviation 32")
    }

    @Test("identifiers have the form of RFC 9562, version 4")
    func identifiers() throws {
        guard case .string(let text) = try value("uuid()") else { return }
        #expect(text.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    }

    @Test(
        "the traits say what optimisers must not do",
        arguments: [
            ("rand()", false, false), ("current_timestamp()", true, false), ("upper('a')", true, true),
            ("concat(uuid(), 'a')", false, false), ("1 + 2", true, true), ("CAST(now() AS STRING)", true, false),
        ])
    func traits(sql: String, isDeterministic: Bool, isConstant: Bool) throws {
        let expression = try resolved(sql)
        #expect(expression.isDeterministic == isDeterministic)
        #expect(expression.isConstant == isConstant)
    }

    @Test(
        "what may raise says so",
        arguments: [
            ("1 + 2", true), ("1.5D + 2.5D", false), ("1 / 2D", false), ("CAST('1' AS INT)", true),
            ("TRY_CAST('1' AS INT)", false), ("CAST(1 AS STRING)", false), ("CAST(1 AS BIGINT)", false),
            ("CAST(1L AS INT)", true), ("upper('a')", false), ("element_at(split('a', ','), 1)", true),
            ("get(split('a', ','), 1)", false), ("try_divide(1, 0)", false), ("repeat('a', 2)", true),
        ])
    func raising(sql: String, mayRaise: Bool) throws { #expect(try resolved(sql).mayRaise == mayRaise) }

    @Test("an argument of coalesce is evaluated only where it is needed, and try_ forms raise for nothing of their own")
    func lazy() throws {
        #expect(try value("coalesce(1, 1 div 0)") == .long(1))
        #expect(errorCode("coalesce(CAST(NULL AS BIGINT), 1 div 0)") == "DIVIDE_BY_ZERO")
        #expect(try value("try_add(9223372036854775807, 1)") == .null)
        #expect(errorCode("try_add(9223372036854775807 + 1, 1)") == "ARITHMETIC_OVERFLOW")
    }

    @Test("names are found in any case, a name that is near is offered, numbers of arguments are checked")
    func calls() throws {
        #expect(try value("UpPeR('a')") == .string("A"))
        #expect(errorCode("uper('a')") == "UNRESOLVED_ROUTINE")
        #expect(errorCode("upper()") == "WRONG_NUM_ARGS.WITHOUT_SUGGESTION")
        #expect(errorCode("upper('a', 'b')") == "WRONG_NUM_ARGS.WITHOUT_SUGGESTION")
        #expect(errorCode("upper(split('a', 'b'))") == "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE")
        let error = #expect(throws: PlanError.self) { try value("uper('a')") }
        #expect(error?.hint == "did you mean `upper`?")
    }

    @Test("every function takes NULL for each of its arguments")
    func nulls() throws {
        for definition in FunctionTable.all where definition.arity.upperBound < 9 {
            guard definition.traits.contains(.isNullIntolerant), definition.arity.lowerBound > 0 else { continue }
            let arguments = Array(repeating: "NULL", count: definition.arity.lowerBound).joined(separator: ", ")
            let call = "\(definition.name)(\(arguments))"
            if let code = errorCode(call) {
                // Arrays, patterns and numbers of digits are asked for.
                #expect(code.hasPrefix("DATATYPE_MISMATCH") || code == "NON_FOLDABLE_ARGUMENT", "\(call)")
            } else {
                #expect(try value(call) == .null, "\(call)")
            }
        }
    }
}
