// Where checkpoints may be: paths and file: only, refused before anything is made.

import TestSupport
import Testing

@testable import Millrace

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct CheckpointPathTests {
    @Test(
        "a path is itself, and file: is a path",
        arguments: [
            ("/a/b", "/a/b"), ("a/b", "a/b"), ("counts:v1", "counts:v1"), ("./s3a:/x", "./s3a:/x"), ("a b:c", "a b:c"),
            ("file:/a/b", "/a/b"), ("file:///a/b", "/a/b"), ("FILE://localhost/a", "/a"), ("1:/x", "1:/x"),
        ])
    func paths(location: String, expected: String) throws {
        #expect(try CheckpointPath.resolve(location) == expected)
    }

    @Test(
        "what means another file system is refused by its name",
        arguments: [
            "s3a://bucket/wc", "hdfs:/x", "hdfs:x", "gs://b/x", "dbfs:/x", "DBFS:/x", "abfss://c@a/x", "custom+fs://x",
            "file:", "file:a", "file://host/a", "",
        ])
    func schemes(location: String) {
        let error = #expect(throws: MillraceError.self) { try CheckpointPath.resolve(location) }
        #expect(error?.code == "INVALID_OPTION")
        #expect(error?.hint != nil)
    }

    @Test("a query is refused before anything is made")
    func nothingIsMade() async throws {
        let folder = try TemporaryFolder()
        let writer = Session(appName: "test", configuration: .quiet).readStream.format("rate").load().writeStream
            .format("noop")
        for location in ["s3a:/\(folder.path)/wc", "hdfs://\(folder.path)"] {
            let error = await #expect(throws: MillraceError.self) {
                try await writer.option("checkpointLocation", location).start()
            }
            #expect(error?.message.contains("there is no file system") == true)
        }
        #expect(access("s3a:", F_OK) != 0 && access("hdfs:", F_OK) != 0)
        #expect(throws: MillraceError.self) { try CheckpointDirectory("gs://b/x").summary() }
    }

    @Test(
        "what is wrong with a path is said of the path",
        arguments: [
            ("/etc/hostname", "is '/etc/hostname', which is a file"),
            ("/dev/null/c", "goes through '/dev/null', which is a file"),
            ("/proc/nothing/c", "the system can't make /proc/nothing: "),
        ])
    func wrongPlaces(path: String, expected: String) async {
        let writer = Session(appName: "test", configuration: .quiet).readStream.format("rate").load().writeStream
            .format("noop").option("checkpointLocation", path)
        let error = await #expect(throws: MillraceError.self) { try await writer.start() }
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
        #expect(error?.hint?.contains("backup") == false && error?.hint?.contains("system log") == false)
    }
}
