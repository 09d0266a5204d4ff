// docs/testing.md: the examples that are printed there are compiled and run here.

import Millrace
import MillraceTestKit
import Testing

@Suite struct TestingPageTests {
    @Test("the page's examples are those of this file")
    func sameLines() throws {
        let page = try File.lines("docs/testing.md")
        let run = try File.lines("Tests/MillraceTests/TestingPageTests.swift").map { $0.drop { $0 == " " } }
        var examples = page.split(separator: "```swift").dropFirst().map { $0.prefix { $0 != "```" } }
        #expect(examples.removeFirst().count == 1, "the first one is for Package.swift")
        #expect(examples.count == 2)
        for example in examples {
            let lines = example.filter { !$0.hasPrefix("import ") && !$0.isEmpty }.map { $0.drop { $0 == " " } }
            let first = try #require(lines.first)
            let start = try #require(run.firstIndex(of: first))
            #expect(Array(run[start...].prefix(lines.count)) == lines)
        }
    }

    @Test func stepByStep() async throws {
        let test = StreamTest(schema: Schema([Field("word", .string)])) { $0.groupBy("word").count() }
        try await test.start()
        try test.addData([[.string("to")], [.string("be")], [.string("to")]])
        try await test.checkNewRows([[.string("to"), .long(2)], [.string("be"), .long(1)]])
        await test.stop()
    }
}

@Test func salesByShop() async throws {
    let script = StreamScript(
        streams: ["sales": Schema([Field("shop", .string), Field("amount", .long)])],
        query: { try $0("sales").groupBy("shop").agg(sum("amount").as("total")) },
        [
            .add("sales", "a, 1; b, 2; a, 3"),
            .check("a, 4; b, 2"),
            .checkState(rows: 2),
            .add("sales", "a, null; c, 7"),
            .check("a, 4; c, 7"),
            // As after a crash between a batch and the record of its commit: it runs again, with the same answer.
            .stop, .dropNewestCommit, .start,
            .checkLastBatch("a, 4; c, 7"),
        ])
    try await script.runAllWays()
}
