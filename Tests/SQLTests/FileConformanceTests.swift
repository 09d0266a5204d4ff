// Spark's recorded answers to queries on JSON files, in this process.

import JSONText
import Millrace
import Testing

/// Runs where MILLRACE_CONFORMANCE names the folder with `files`; elsewhere says that it was skipped. Every case must
/// be answered as Spark does: rows as a bag, or the error's name. The case `nested` takes fields of arrays of
/// structures, which expressions don't; what it reads is in FormatsTests.
@Suite struct FileConformanceTests {
    /// The cases: each a folder with a `case.json` and data.
    static let names = [
        "any_value_into_string", "big_numbers", "binary_and_intervals", "bom", "corrupt_record", "count_with_bad_lines",
        "crlf", "dates", "dropmalformed", "duplicate_keys", "empty_lines", "escapes", "failfast", "infer", "key_case",
        "lenient_options", "mixed_types_in_schema", "multiline_array", "non_numeric_numbers",
        "not_null_column", "only_corrupt_column", "permissive", "primitives_as_string",
        "several_files_and_hidden_names", "two_objects_on_a_line", "unicode",
    ]

    @Test(
        "queries on JSON files are answered as Spark does", .enabled(if: ConformanceTests.isAvailable), arguments: names
    )
    func json(_ name: String) throws {
        guard let root = environment("MILLRACE_CONFORMANCE") else { return }
        let folder = "\(root)/files/json_\(name)"
        let one = try JSONValue.parse(try readText("\(folder)/case.json"))
        let create = try #require(one["create"]?.stringValue)
        let query = try #require(one["query"]?.stringValue)
        let found: [JSONValue]
        do {
            found = try Self.frame(create, folder, query).collect().map { row in
                .object(zip(row.schema.fields, row.values).map { (key: $0.name, value: sparkJSON($1, $0.type)) })
            }
        } catch let error as MillraceError {
            #expect(error.code == one["error"]?.stringValue, "\(error)")
            return
        }
        var wanted = try #require(one["rows"]?.arrayValue, "\(name) is no error: \(found)")
        #expect(found.count == wanted.count)
        for row in found {
            let place = wanted.firstIndex { isSame($0, row) }
            #expect(place != nil, "\(name): \(row)")
            if let place { wanted.remove(at: place) }
        }
    }

    /// What `CREATE TABLE t (columns) USING json OPTIONS (name 'value', ...)` and `SELECT list FROM t` say.
    private static func frame(_ create: String, _ folder: String, _ query: String) throws -> DataFrame {
        let session = Session(appName: "SQLTests", configuration: .quiet)
        var reader = session.read.format("json")
        let parts = create.split(separator: " USING json OPTIONS (", maxSplits: 1).map(String.init)
        let head = parts[0].dropFirst("CREATE TABLE t".count).drop { $0 == " " }
        if head.hasPrefix("(") { reader = reader.schema(String(head.dropFirst().dropLast())) }
        for option in splitSelectList(String(parts[1].dropLast())) {
            let words = option.split(separator: " ", maxSplits: 1).map(String.init)
            let value = words[1].dropFirst().dropLast()
            reader = reader.option(words[0], value.hasPrefix("{dir}") ? folder + value.dropFirst(5) : String(value))
        }
        let list = splitSelectList(String(query.dropFirst("SELECT ".count).dropLast(" FROM t".count)))
        if list == ["count(*) AS n"] { return reader.load().agg(count("*").as("n")) }
        return reader.load().select(list.map { expr($0) })
    }
}
