// Functions of strings and arrays against Swift's own, and the text pictures.

import Columns
import TestSupport
import Testing

@Suite struct StringAndArrayTests {
    private func each(_ body: ([Value], ColumnVector) throws -> Void) throws {
        var random = SeededRandom(15)
        for size in sizes {
            for nulls in [0, 0.3, 1] {
                for layout in Layout.allCases where size > 0 || layout == .plain {
                    let values = randomValues(.string, size, nulls: nulls, &random)
                    try body(values, column(values, .string, layout))
                }
            }
        }
    }

    private func mapped(_ values: [Value], _ body: (String) -> Value) -> [Value] {
        values.map { if case .string(let text) = $0 { body(text) } else { .null } }
    }

    @Test func `letters and lengths`() throws {
        try each { values, column in
            let upper = try StringKernels.upper(column).checked()
            #expect(upper == mapped(values) { .string($0.uppercased()) })
            let lower = try StringKernels.lower(column).checked()
            #expect(lower == mapped(values) { .string($0.lowercased()) })
            #expect(
                StringKernels.length(column).checked() == mapped(values) { .integer(Int32($0.unicodeScalars.count)) })
            #expect(StringKernels.octetLength(column).checked() == mapped(values) { .integer(Int32($0.utf8.count)) })
        }
        #expect(try StringKernels.upper(strings(["@[`{az", "ß"])).checked() == [.string("@[`{AZ"), .string("SS")])
        #expect(try StringKernels.lower(strings(["@[`{AZ"])).checked() == [.string("@[`{az")])
    }

    @Test func `blanks and characters at the ends`() throws {
        func trimmed(_ text: String, _ set: String, _ left: Bool, _ right: Bool) -> Value {
            var scalars = Array(text.unicodeScalars)[...]
            while left, let first = scalars.first, set.unicodeScalars.contains(first) { scalars.removeFirst() }
            while right, let last = scalars.last, set.unicodeScalars.contains(last) { scalars.removeLast() }
            return .string(String(String.UnicodeScalarView(scalars)))
        }
        try each { values, texts in
            #expect(StringKernels.trim(texts).checked() == mapped(values) { trimmed($0, " ", true, true) })
            #expect(StringKernels.ltrim(texts).checked() == mapped(values) { trimmed($0, " ", true, false) })
            #expect(StringKernels.rtrim(texts).checked() == mapped(values) { trimmed($0, " ", false, true) })
            let set = column(values.map { _ in .string("aé🙂 ") }, .string)
            #expect(
                StringKernels.trim(texts, characters: set).checked()
                    == mapped(values) { trimmed($0, "aé🙂 ", true, true) })
            #expect(
                StringKernels.ltrim(texts, characters: set).checked()
                    == mapped(values) { trimmed($0, "aé🙂 ", true, false) })
            #expect(
                StringKernels.rtrim(texts, characters: set).checked()
                    == mapped(values) { trimmed($0, "aé🙂 ", false, true) })
        }
    }

    @Test func `substrings count characters`() throws {
        for position in [-20, -3, -1, 0, 1, 2, 5, 100, Int(Int32.max), Int(Int32.min)] {
            for length in [-1, 0, 1, 3, Int(Int32.max)] {
                try each { values, texts in
                    let count = values.count
                    let expected = mapped(values) { text in
                        let scalars = Array(text.unicodeScalars)
                        let start = position > 0 ? position - 1 : position < 0 ? scalars.count + position : 0
                        let end = min(start + length, scalars.count)
                        let from = max(start, 0)
                        return .string(from < end ? String(String.UnicodeScalarView(scalars[from..<end])) : "")
                    }
                    let found = try StringKernels.substring(
                        texts, position: integers(Array(repeating: Int32(position), count: count)),
                        length: integers(Array(repeating: Int32(length), count: count)))
                    #expect(found.checked() == expected)
                }
            }
        }
        let bytes = column([.binary([1, 0x80, 3])], .binary)
        #expect(
            try StringKernels.substring(bytes, position: integers([2]), length: integers([2])).checked() == [
                .binary([0x80, 3])
            ])
    }

    @Test func `texts are joined`() throws {
        try each { values, texts in
            let other = column(values.reversed(), .string)
            let expected = zip(values, values.reversed()).map { a, b -> Value in
                if case .string(let x) = a, case .string(let y) = b { .string(x + y + x) } else { .null }
            }
            let joined = try StringKernels.concat([texts, other, texts]).checked()
            #expect(joined == expected)
        }
    }

    @Test(arguments: [
        ("a%", "abc", true), ("a%", "ba", false), ("%é_", "xéy", true), ("_", "🙂", true), ("_", "ab", false),
        ("%", "a\nb", true), ("a.c", "abc", false), ("a\\%", "a%", true), ("a\\%", "ab", false), ("", "", true),
        ("", "x", false), ("[a]", "[a]", true),
    ])
    func `patterns of LIKE`(_ pattern: String, _ text: String, _ matches: Bool) throws {
        #expect(
            try LikePattern(pattern).matches(strings([text, nil])).checked() == [.boolean(matches), .null])
    }

    @Test func `a pattern of LIKE is no error, however often it could be tried again`() throws {
        let many = String(repeating: "%", count: 20)
        let text = many + "x" + many
        #expect(try LikePattern("_" + many + "sIy").matches(strings([text])).checked() == [.boolean(false)])
        let pattern = "_" + String(repeating: "%a", count: 500) + "%b_"
        let long = String(repeating: "a", count: 20_000)
        #expect(
            try LikePattern(pattern).matches(strings([long, long + "bc"])).checked() == [
                .boolean(false), .boolean(true),
            ])
    }

    @Test(arguments: [["%"], ["%", "_", "%%", "_%", "%_", "__"]])
    func `patterns of LIKE match as the same with regular expressions do`(_ wildcards: [String]) throws {
        var random = SeededRandom(61)
        // Pieces that overlap, are longer than a word, and lie in text that isn't UTF-8.
        let parts = ["a", "b", "ab", "aab", "é", "abcdefghi", "\u{FFFD}", ""]
        let broken: [[UInt8]] = [[0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x61], [0xA9]]
        for _ in 0..<300 {
            let pieces = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                parts.randomElement(using: &random) ?? ""
            }
            var builder = BytesBuilder(type: .string)
            for _ in 0..<70 {
                var text: [UInt8] = []
                for _ in 0..<Int.random(in: 0...5, using: &random) {
                    text +=
                        Int.random(in: 0..<6, using: &random) == 0
                        ? broken.randomElement(using: &random) ?? []
                        : Array((parts.randomElement(using: &random) ?? "").utf8)
                }
                if Int.random(in: 0..<8, using: &random) == 0 { builder.appendNull() } else { builder.append(text) }
            }
            let texts = builder.finish()
            let pattern = pieces.dropFirst().reduce(pieces[0]) {
                $0 + (wildcards.randomElement(using: &random) ?? "%") + $1
            }
            let translated = pattern.replacing("_", with: ".").replacing("%", with: ".*")
            let expression = try RegularExpression(pattern: "\\A(?s:\(translated))\\z")
            #expect(
                try LikePattern(pattern).matches(texts).checked() == expression.matches(texts).checked(), "\(pattern)")
        }
    }

    @Test func `letters change their case, and nothing else does`() throws {
        // Every byte of ASCII at every place of a word, behind and before letters.
        let all = String(decoding: (0..<128).map { UInt8($0) }, as: UTF8.self)
        let texts = (0..<20).flatMap { [String(all.dropFirst($0)), String(repeating: "az{`AZ[@", count: $0) + "é"] }
        #expect(try StringKernels.upper(strings(texts)).checked() == texts.map { .string($0.uppercased()) })
        #expect(try StringKernels.lower(strings(texts)).checked() == texts.map { .string($0.lowercased()) })
    }

    @Test func `arrays have sizes and elements`() throws {
        let type = DataType.array(.string, containsNull: true)
        var random = SeededRandom(16)
        for size in sizes {
            for layout in Layout.allCases where size > 0 || layout == .plain {
                let values = randomValues(type, size, nulls: 0.3, &random)
                let arrays = column(values, type, layout)
                func elements(_ value: Value) -> [Value]? { if case .array(let list) = value { list } else { nil } }
                #expect(
                    ArrayKernels.size(arrays).checked()
                        == values.map { elements($0).map { .integer(Int32($0.count)) } ?? .null })
                // The last element where there is one, NULL elsewhere.
                let index = longs(values.map { elements($0).flatMap { $0.isEmpty ? nil : Int64($0.count - 1) } })
                #expect(
                    try ArrayKernels.element(arrays, at: index, base: 0).checked()
                        == values.map { elements($0)?.last ?? .null })
            }
        }
        let one = column([.array([.string("a")])], type)
        for (index, base) in [(1, 0), (-1, 0), (0, 1), (Int64.max, -1), (.min, 1)] as [(Int64, Int64)] {
            let code = base == 1 ? "INVALID_ARRAY_INDEX_IN_ELEMENT_AT" : "INVALID_ARRAY_INDEX"
            #expect(
                failure { _ = try ArrayKernels.element(one, at: longs([index]), base: base) } == "\(code)@0")
        }
        #expect(try ArrayKernels.element(one, at: longs([1]), base: 1).checked() == [.string("a")])
    }
}

@Suite struct PictureTests {
    @Test(
        arguments: allTypes + [
            .array(.array(.long, containsNull: true), containsNull: true),
            .map(key: .timestamp, value: .structure([Field("x", .string)]), valueContainsNull: true),
        ])
    func `a picture leads back to its batch`(_ type: DataType) throws {
        var random = SeededRandom(17)
        for size in sizes {
            let rows = randomValues(type, size, nulls: 0.2, &random).map { [$0, .long(7)] }
            let batch = ValueColumns.batch(schema: Schema([Field("a", type), Field("b", .long)]), rows: rows)
            let again = try RecordBatch.fromPicture(batch.picture)
            #expect(again.rows().map(\.values) == rows)
            #expect(again.picture == batch.picture)
        }
    }

    @Test func `pictures align, and show selected rows alone`() throws {
        let batch = try RecordBatch.fromPicture(
            """
            word:T count:I tags:[T]
              'a b'  1     [x,'y,z']
            .        -20   []
            """)
        #expect(batch.picture == "word:T  count:I  tags:[T]\n'a b'   1        [x,'y,z']\n.       -20      []")
        #expect(batch.selecting(selection([1])).picture.split(separator: "\n").count == 2)
    }

    @Test(arguments: [
        "", "a", "a:Q", "a:I\nx", "a:I\n1 2", "a:T\n'x", "a:[I]\n5", "a:X\nfg", "a:N(40,2)", "a:{T}", "a:(T)",
        "a:{T:I}\n{x}", "a:(x:T,y:I)\n(x)",
    ])
    func `what is no picture is refused`(_ text: String) {
        #expect(failure { _ = try RecordBatch.fromPicture(text) }?.hasPrefix("INVALID_PICTURE") == true)
    }

    @Test func `show prints as Spark does`() throws {
        let batch = try RecordBatch.fromPicture(
            """
            word:T                        count:I  v:X   l:[i]
            apple                         3        61ff  [1,.]
            .                             1        .     .
            'a very long text, of course' 12345    ''    []
            """)
        #expect(
            ShowTable.render(batch) == """
                +--------------------+-----+-------+---------+
                |                word|count|      v|        l|
                +--------------------+-----+-------+---------+
                |               apple|    3|[61 FF]|[1, NULL]|
                |                NULL|    1|   NULL|     NULL|
                |a very long text,...|12345|     []|       []|
                +--------------------+-----+-------+---------+

                """)
        #expect(
            ShowTable.render(batch, numRows: 1, truncate: 3) == """
                +---+---+---+---+
                |wor|cou|  v|  l|
                +---+---+---+---+
                |app|  3|[61|[1,|
                +---+---+---+---+
                only showing top 1 row

                """)
        let wide = try RecordBatch.fromPicture("a:T\n漢字\n'x\\ny'")
        #expect(ShowTable.render(wide, truncate: 0) == "+----+\n|a   |\n+----+\n|漢字|\n|x\\ny|\n+----+\n")
        #expect(ShowTable.render(wide, numRows: 0).hasSuffix("only showing top 0 rows\n"))
    }
}
