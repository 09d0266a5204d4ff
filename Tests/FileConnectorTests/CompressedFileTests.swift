// Compressed files of text, read and written.

import Columns
import Compression
import Connectors
import DurableFiles
import Testing

@testable import FileConnector

@Suite struct CompressedFileTests {
    private static let columns = schema(("n", .long))

    private static func packed(_ text: String, _ codec: StreamCodec) throws -> [UInt8] {
        let compressor = try StreamCompressor(codec)
        var bytes: [UInt8] = []
        try Array(text.utf8).withUnsafeBytes { try compressor.write($0, into: &bytes) }
        try compressor.finish(into: &bytes)
        return bytes
    }

    private static func write(_ folder: TestFolder, _ name: String, _ bytes: [UInt8]) throws {
        try folder.write(name, "")
        let file = try OpenFile(folder.path + "/" + name, .readWrite, disk: RealDisk())
        defer { file.close() }
        if !bytes.isEmpty { try file.write(bytes, at: 0) }
    }

    private static func numbers(_ range: Range<Int>) -> String {
        range.map { "{\"n\":\($0)}\n" }.joined()
    }

    private func read(_ path: String, _ values: [String: String] = [:]) throws -> [String] {
        try rows(try table(values.merging(["path": path]) { $1 }, Self.columns))
    }

    @Test("gzip and zstd, by the end of the name: longer than the window, and several streams in one file")
    func reading() throws {
        let folder = try TestFolder()
        // More than the window's MiB, and larger files than those that are divided.
        let long = Self.numbers(0..<200_000)
        try Self.write(folder, "in/a.json.gz", Self.packed(long, .gzip))
        try Self.write(
            folder, "in/b.json.zst",
            Self.packed(Self.numbers(200_000..<200_010), .zstd) + Self.packed(Self.numbers(200_010..<200_020), .zstd))
        try Self.write(folder, "in/c.json", Array(Self.numbers(200_020..<200_021).utf8))
        try Self.write(folder, "in/d.json.gz", Self.packed("", .gzip))
        let found = try read(folder.path + "/in").compactMap { Int($0.dropFirst(5).dropLast()) }
        #expect(found.sorted() == Array(0..<200_021))
    }

    @Test("zlib's frame is read; what nobody here can unpack is refused by name, and not taken for text")
    func otherEndings() throws {
        let folder = try TestFolder()
        // As Python's zlib.compress makes it.
        let bytes: [UInt8] = [120, 156, 171, 86, 202, 83, 178, 50, 172, 229, 2, 0, 10, 139, 2, 32]
        try Self.write(folder, "in/a.json.deflate", bytes)
        #expect(try read(folder.path + "/in") == [#"{"n":1}"#])
        for ending in ["bz2", "Z", "zip", "lzo", "lz4", "snappy", "xz"] {
            try folder.write("other/a.json." + ending, "{\"n\":1}\n")
            let error = #expect(throws: ConnectorError.self) { _ = try read(folder.path + "/other") }
            #expect(error?.condition == "FAILED_READ_FILE.NO_HINT", "\(ending)")
            #expect(error?.message.contains("a.json.\(ending)") == true, "\(ending)")
            try folder.remove("other/a.json." + ending)
        }
    }

    @Test("a schema is inferred, whole texts are whole, and a bad record is told with its line")
    func uses() throws {
        let folder = try TestFolder()
        try Self.write(folder, "a/a.json.gz", Self.packed("{\"n\":1}\n{\"n\":2.5,\"m\":\"x\"}", .gzip))
        let options = try options(["path": folder.path + "/a"], JSONFormat.tableOptions)
        let files = try #require(try FileListing(options, takesTimes: true).files())
        let schema = try JSONFormat(options, zone: .utc).infer(files, try FileSettings(options))
        #expect(schema.description == "m STRING, n DOUBLE")
        try Self.write(folder, "t/a.txt.zst", Self.packed("a\nb\n", .zstd))
        let text = FileConnectorTests.schema(("value", .string))
        #expect(
            try rows(try table(["path": folder.path + "/t", "wholetext": "true"], text, as: TextFormat.self))
                == [#"{"value":"a\nb\n"}"#])
        try Self.write(folder, "bad/a.json.gz", Self.packed("{\"n\":1}\nno\n", .gzip))
        let error = #expect(throws: ConnectorError.self) {
            _ = try read(folder.path + "/bad", ["mode": "FAILFAST"])
        }
        #expect(error?.code == .badRow)
    }

    @Test("what is damaged or cut is an error with the file's name, or left out where that is asked for")
    func damage() throws {
        let folder = try TestFolder()
        for codec in [StreamCodec.gzip, .zstd] {
            let whole = try Self.packed(Self.numbers(0..<1000), codec)
            let name = "in/a.json" + codec.nameExtension
            for count in [1, whole.count / 2, whole.count - 1] {
                try Self.write(folder, name, Array(whole.prefix(count)))
                let error = #expect(throws: ConnectorError.self) { _ = try read(folder.path + "/in") }
                #expect(error?.code == .dataLoss && error?.message.contains("a.json") == true, "\(codec) \(count)")
                #expect(try read(folder.path + "/in", ["ignoreCorruptFiles": "true"]).count <= 1000)
            }
            try Self.write(folder, name, Array("{\"n\":1}\n".utf8))
            #expect(throws: ConnectorError.self) { _ = try read(folder.path + "/in") }
            try folder.remove(name)
        }
    }

    @Test("files are compressed as a whole, and named for it")
    func writing() throws {
        for codec in ["gzip", "zstd"] {
            let folder = try TestFolder()
            let path = folder.path + "/out"
            try sink(["path": path, "compression": codec], columns: Self.columns).run(to: 1) { number in
                try picture("n:I\n\(number)\n\(number + 10)")
            }
            let names = try files(below: path)
            #expect(names.allSatisfy { $0.hasSuffix(codec == "gzip" ? ".json.gz" : ".json.zst") })
            #expect(try read(path).sorted() == [0, 10, 1, 11].map { "{\"n\":\($0)}" }.sorted())
            let entries = try FileManifest(directory: path, disk: RealDisk()).entries()
            #expect(try entries.allSatisfy { try RealDisk().readWhole($0.path).count == $0.size })
        }
        let error = #expect(throws: ConnectorError.self) {
            _ = try sink(["path": "/nowhere", "compression": "bzip2"], columns: Self.columns)
        }
        #expect(error?.code == .invalidOption)
    }
}
