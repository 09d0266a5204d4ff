// JSON files as streams: which files belong to which offset, over restarts.

import Connectors
import DurableFiles
import JSONText
import Testing

@testable import FileConnector

struct JSONStreamTests {
    @Test func filesComeOnceInTheOrderOfTheirTime() throws {
        let folder = try TestFolder()
        try folder.write("in/b.json", "{\"a\":2}", second: 1)
        try folder.write("in/c.json", "{\"a\":1}", second: 0)
        try folder.write("in/a.json", "{\"a\":3}", second: 1)
        let checkpoint = folder.path + "/checkpoint/sources/0"
        var run = try Run(["path": folder.path + "/in", "maxFilesPerTrigger": "1"], checkpoint: checkpoint)
        #expect(try run.step() == [#"{"a":1}"#])
        #expect(try run.step() == [#"{"a":3}"#])
        #expect(run.offset.text == #"{"logOffset":1}"#)
        run.source.close()
        // Another run goes on behind it.
        run = try Run(
            ["path": folder.path + "/in", "maxFilesPerTrigger": "1"], checkpoint: checkpoint, offset: run.offset)
        #expect(try run.step() == [#"{"a":2}"#])
        #expect(try run.step() == nil)
        // A file that is written again is no new one.
        try folder.write("in/b.json", "{\"a\":9}", second: 5)
        try folder.write("in/d.json", "{\"a\":4}", second: 3)
        #expect(try run.step() == [#"{"a":4}"#])
        run.source.close()
    }

    @Test func aBatchThatWasLoggedAndNotPlannedIsTheNext() throws {
        let folder = try TestFolder()
        let checkpoint = folder.path + "/sources/0"
        try folder.write("in/a.json", "{\"a\":1}", second: 0)
        var run = try Run(["path": folder.path + "/in"], checkpoint: checkpoint)
        let end = try run.source.readableRange(from: run.offset, limit: .configured).end
        run.source.close()
        try folder.write("in/b.json", "{\"a\":2}", second: 1)
        run = try Run(["path": folder.path + "/in"], checkpoint: checkpoint, offset: run.offset)
        #expect(try run.step() == [#"{"a":1}"#])
        #expect(run.offset == end)
        #expect(try run.step() == [#"{"a":2}"#])
        // The last batches can be asked for again.
        run.source.close()
        let again = try Run(["path": folder.path + "/in"], checkpoint: checkpoint, offset: end)
        #expect(try rows(try again.source.readers(from: end, to: run.offset)) == [#"{"a":2}"#])
        #expect(throws: ConnectorError.self) { try again.source.readers(from: end, to: ["logOffset": 9]) }
    }

    @Test func limits() throws {
        let folder = try TestFolder()
        for index in 0..<4 { try folder.write("\(index).json", "{\"a\":\(index)}\n", second: index) }
        var run = try Run(["path": folder.path, "maxBytesPerTrigger": "17"], checkpoint: nil)
        #expect(try run.step()?.count == 2)
        #expect(try run.step(.everything)?.count == 2)
        run = try Run(["path": folder.path, "maxBytesPerTrigger": "1"], checkpoint: nil)
        #expect(try run.step() == [#"{"a":0}"#])
        run = try Run(["path": folder.path, "maxFilesPerTrigger": "3", "latestFirst": "true"], checkpoint: nil)
        #expect(try run.step() == [#"{"a":3}"#, #"{"a":2}"#, #"{"a":1}"#])
        try run.source.fixEnd()
        try folder.write("late.json", "{\"a\":9}", second: 9)
        #expect(try run.step() == [#"{"a":0}"#])
        #expect(try run.step() == nil)
        #expect(throws: ConnectorError.self) {
            try stream(["path": folder.path, "maxFilesPerTrigger": "1", "maxBytesPerTrigger": "1"])
        }
    }

    /// Spark's rule: what is left of a listing is used up unless too little of it is left, and no more than so much is
    /// kept.
    @Test func filesThatWait() throws {
        for (values, batches) in [
            ([:], [["0", "1"], ["2", "3"], ["4"], ["5"]]),
            (["discardCachedInputRatio": "0.6"], [["0", "1"], ["2", "3"], ["4", "5"], []]),
            (["maxCachedFiles": "1"], [["0", "1"], ["2"], ["3", "4"], ["5"]]),
            (["maxCachedFiles": "0"], [["0", "1"], ["2", "3"], ["4", "5"], []]),
        ] as [([String: String], [[String]])] {
            let folder = try TestFolder()
            for index in 0..<5 { try folder.write("\(index).json", "{\"a\":\(index)}", second: index) }
            var run = try Run(
                values.merging(["path": folder.path, "maxFilesPerTrigger": "2"]) { $1 }, checkpoint: nil)
            for (number, batch) in batches.enumerated() {
                if number == 2 { try folder.write("5.json", "{\"a\":5}", second: 5) }
                #expect(try run.step() ?? [] == batch.map { #"{"a":\#($0)}"# }, "\(values), batch \(number)")
            }
        }
        for (name, value) in [("maxCachedFiles", "-1"), ("discardCachedInputRatio", "2")] {
            #expect(throws: ConnectorError.self) { try stream(["path": "/tmp", name: value]) }
        }
    }

    @Test func oldFilesArePassedOver() throws {
        let folder = try TestFolder()
        try folder.write("new.json", "{\"a\":1}", second: 7200)
        var run = try Run(["path": folder.path, "maxFileAge": "1h"], checkpoint: nil)
        #expect(try run.step() == [#"{"a":1}"#])
        try folder.write("old.json", "{\"a\":2}", second: 0)
        try folder.write("younger.json", "{\"a\":3}", second: 3601)
        #expect(try run.step() == [#"{"a":3}"#])
        #expect(try run.step() == nil)
    }

    @Test func filesOfOneNameAreOne() throws {
        let folder = try TestFolder()
        try folder.write("x/a.json", "{\"a\":1}", second: 0)
        try folder.write("y/a.json", "{\"a\":2}", second: 1)
        var run = try Run(
            ["path": folder.path, "recursiveFileLookup": "true", "fileNameOnly": "true"], checkpoint: nil)
        #expect(try run.step()?.count == 1)
        #expect(try run.step() == nil)
    }

    @Test func aFileThatWasChangedOrIsGone() throws {
        let folder = try TestFolder()
        try folder.write("a.json", "{\"a\":1}", second: 0)
        let run = try Run(["path": folder.path], checkpoint: nil)
        let end = try run.source.readableRange(from: run.offset, limit: .configured).end
        try folder.write("a.json", "{\"a\":2}", second: 5)
        #expect(throws: ConnectorError.self) { try rows(try run.source.readers(from: run.offset, to: end)) }
        try folder.remove("a.json")
        do {
            _ = try rows(try run.source.readers(from: run.offset, to: end))
            Issue.record("nothing was thrown")
        } catch let error as ConnectorError {
            #expect(error.message.contains("a.json"))
        }
    }

    @Test func aFileMayChangeWhileItWaits() throws {
        let folder = try TestFolder()
        for name in ["a", "b", "c", "d"] { try folder.write("\(name).json", "{\"a\":0}", second: 0) }
        var run = try Run(["path": folder.path, "maxFilesPerTrigger": "2"], checkpoint: nil)
        #expect(try run.step()?.count == 2)
        // Both wait since the first listing: one is written on, the other goes, and comes back later.
        try folder.write("c.json", "{\"a\":1}\n{\"a\":2}", second: 5)
        try folder.remove("d.json")
        #expect(try run.step() == [#"{"a":1}"#, #"{"a":2}"#])
        #expect(try run.step() == nil)
        try folder.write("d.json", "{\"a\":3}", second: 6)
        #expect(try run.step() == [#"{"a":3}"#])
        // What counts for a batch's bytes is their number now, too.
        for name in ["e", "f"] { try folder.write("\(name).json", "{\"a\":4}", second: 7) }
        run = try Run(["path": folder.path, "maxBytesPerTrigger": "1", "pathGlobFilter": "[ef]*"], checkpoint: nil)
        #expect(try run.step()?.count == 1)
        try folder.write("f.json", "{\"a\":5}\n{\"a\":6}", second: 8)
        #expect(try run.step() == [#"{"a":5}"#, #"{"a":6}"#])
    }

    @Test func aFileThatWasChangedMayBeLeftOut() throws {
        let folder = try TestFolder()
        try folder.write("a.json", "{\"a\":1}", second: 0)
        var run = try Run(["path": folder.path, "ignoreCorruptFiles": "true"], checkpoint: nil)
        let end = try run.source.readableRange(from: run.offset, limit: .configured).end
        try folder.write("a.json", "{\"a\":2}", second: 5)
        #expect(try rows(try run.source.readers(from: run.offset, to: end)) == [])
        run.offset = end
        try folder.write("b.json", "{\"a\":3}", second: 6)
        #expect(try run.step() == [#"{"a":3}"#])
    }

    @Test func aLogThatLostItsBeginningIsNotRead() throws {
        let folder = try TestFolder()
        let checkpoint = folder.path + "/sources/0"
        let disk = RealDisk()
        var offset: JSONValue?
        for name in ["a", "b"] {
            try folder.write("in/\(name).json", "{\"a\":1}", second: 0)
            var run = try Run(["path": folder.path + "/in"], checkpoint: checkpoint, offset: offset)
            _ = try run.step()
            offset = run.offset
            run.source.close()
        }
        let path = checkpoint + "/" + (try disk.list(checkpoint)[0])
        let bytes = try disk.readWhole(path)
        let second = try #require(bytes.firstIndex(of: UInt8(ascii: "\n"))) + 1
        let file = try OpenFile(path, .readWrite, disk: disk)
        try [UInt8](repeating: 0, count: bytes.count - second).withUnsafeBytes {
            try file.write([$0], at: Int64(second))
        }
        file.close()
        let error = #expect(throws: ConnectorError.self) {
            try Run(["path": folder.path + "/in"], checkpoint: checkpoint)
        }
        #expect(error?.code == .dataLoss)
    }

    @Test func theLogIsReadWithoutItsPast() throws {
        let folder = try TestFolder()
        let checkpoint = folder.path + "/sources/0"
        let disk = RealDisk()
        var offset: JSONValue?
        for index in 0..<40 {
            try folder.write("in/\(index).json", "{\"a\":\(index)}", second: index)
            var run = try Run(["path": folder.path + "/in"], checkpoint: checkpoint, offset: offset)
            #expect(try run.step() == [#"{"a":\#(index)}"#])
            #expect(try run.step() == nil)
            offset = run.offset
            run.source.close()
            // One segment, however many runs there were.
            #expect(try disk.list(checkpoint).count == 1)
        }
        #expect(offset?.text == #"{"logOffset":39}"#)
    }

    @Test func aDamagedLogIsNotRead() throws {
        let folder = try TestFolder()
        let checkpoint = folder.path + "/sources/0"
        try folder.write("in/a.json", "{\"a\":1}", second: 0)
        var run = try Run(["path": folder.path + "/in"], checkpoint: checkpoint)
        _ = try run.step()
        try folder.write("in/b.json", "{\"a\":2}", second: 1)
        _ = try run.step()
        run.source.close()
        let disk = RealDisk()
        let file = try OpenFile(checkpoint + "/" + (try disk.list(checkpoint)[0]), .readWrite, disk: disk)
        try Array("x".utf8).withUnsafeBytes { try file.write([$0], at: 30) }
        file.close()
        #expect(throws: (any Error).self) { try Run(["path": folder.path + "/in"], checkpoint: checkpoint) }
    }

    @Test func anInstanceThatWakesUpWritesNothing() throws {
        let folder = try TestFolder()
        let checkpoint = folder.path + "/sources/0"
        try folder.write("in/a.json", "{\"a\":1}", second: 0)
        let old = try Run(["path": folder.path + "/in"], checkpoint: checkpoint)
        var heir = try Run(["path": folder.path + "/in"], checkpoint: checkpoint)
        #expect(try heir.step() == [#"{"a":1}"#])
        #expect(throws: ConnectorError.self) {
            try old.source.readableRange(from: old.offset, limit: .configured)
        }
        heir.source.close()
    }

    @Test func aMissingDirectory() throws {
        let folder = try TestFolder()
        #expect(throws: ConnectorError.self) { try Run(["path": folder.path + "/no"], checkpoint: nil) }
        var run = try Run(["path": folder.path + "/no*"], checkpoint: nil)
        #expect(try run.step() == nil)
        try folder.write("nobody/a.json", "{\"a\":1}")
        #expect(try run.step() == [#"{"a":1}"#])
    }
}
