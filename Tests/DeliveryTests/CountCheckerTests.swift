// The checker must be able to find each kind of fault, or it proves nothing.

import Testing

@Suite("The checker of word counts")
struct CountCheckerTests {
    private static let truth: [[UInt8]: Int] = [bytes("a"): 3, bytes("b"): 1, bytes("u1"): 1, bytes("u2"): 1]

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// `word=count` texts as records of partition 0; `@1` at the end says partition 1, a missing count is null.
    private func faults(_ texts: [String]) -> Set<CountChecker.Fault> {
        let records = texts.enumerated().map { offset, text -> CountRecord in
            let parts = text.split(separator: "@")[0].split(separator: "=", omittingEmptySubsequences: false)
            return CountRecord(
                partition: text.hasSuffix("@1") ? 1 : 0, offset: Int64(offset), key: Self.bytes(String(parts[0])),
                value: parts.count > 1 ? Self.bytes(String(parts[1])) : nil)
        }
        return Set(CountChecker(truth: Self.truth).findings(records).map(\.fault))
    }

    @Test("A right output, in batches of any size, has no findings")
    func right() {
        #expect(faults(["a=1", "u1=1", "b=1", "a=3", "u2=1"]) == [])
        #expect(faults(["a=3", "b=1", "u1=1", "u2=1"]) == [])
        #expect(faults(["a=3@1", "b=1", "u1=1@1", "u2=1"]) == [])
    }

    @Test("A batch that is published twice", arguments: [["a=1", "u1=1", "a=1", "u1=1", "b=1", "a=3", "u2=1"]])
    func twice(_ output: [String]) { #expect(faults(output) == [.repeated]) }

    @Test("A batch that is lost, although all later counts are right")
    func lost() { #expect(faults(["a=3", "b=1", "u2=1"]) == [.missingWord, .wrongSum]) }

    @Test("A batch whose input is counted twice")
    func countedTwice() {
        #expect(faults(["a=2", "b=1", "u1=1", "a=4", "u2=1", "u1=2"]) == [.wrongTotal, .wrongSum])
    }

    @Test("A state that goes back")
    func wentBack() { #expect(faults(["a=2", "a=1", "a=3", "b=1", "u1=1", "u2=1"]) == [.fell]) }

    @Test("Words and values that nobody wrote")
    func strangers() {
        #expect(faults(["a=3", "b=1", "u1=1", "u2=1", "c=1"]) == [.unknownWord, .wrongSum])
        #expect(faults(["a=3", "b=1", "u1=1", "u2=1", "a"]) == [.unreadable])
        #expect(faults(["a=3", "b=1", "u1=1@1", "u2=1", "u1=2", "u1=1"]).contains(.severalPartitions))
    }

    @Test(
        "Values that are no counts", arguments: ["", "0", "01", "+1", "-1", "1 ", "1.0", "x", "12345678901234567890"])
    func noNumbers(_ text: String) { #expect(CountChecker.number(Array(text.utf8)) == nil) }
}

@Suite("The checker of whole tables")
struct WholeTablesTests {
    /// Two words once, one word three times: 5 words.
    private static let truth: [[UInt8]: Int] = [Array("a".utf8): 3, Array("b".utf8): 1, Array("c".utf8): 1]

    /// `count=words second` texts as records.
    private func faults(_ texts: [String]) -> [String] {
        let records = texts.enumerated().map { offset, text in
            let parts = text.split(separator: "=")
            return CountRecord(
                partition: 0, offset: Int64(offset), key: Array(parts[0].utf8),
                value: Array(parts[1].replacing(" ", with: " 2026-01-01 00:00:").utf8))
        }
        return WholeTables(records).faults(truth: Self.truth)
    }

    @Test("tables that grow up to the whole input have no faults, in whatever order their rows are read")
    func right() {
        #expect(faults(["1=2 01.1", "3=1 01.15", "1=2 01.15"]) == [])
        #expect(faults(["3=1 02", "1=1 01", "1=2 02"]) == [])
    }

    @Test(
        "a batch twice, a state that went back, a lost batch, and what is no table",
        arguments: [
            (["3=1 02", "1=2 02", "1=2 02"], "comes again"), (["1=2 01", "1=2 02", "3=1 03", "1=2 03"], "2 before it"),
            (["3=1 02", "1=1 02"], "the last table"), (["3=1 02", "1=2 02", "x=1 01"], "no row"),
        ])
    func wrong(output: [String], fault: String) {
        #expect(faults(output).contains { $0.contains(fault) }, "\(faults(output))")
    }
}
