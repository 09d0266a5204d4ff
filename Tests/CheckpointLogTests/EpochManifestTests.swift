import CheckpointLog
import Testing

@Suite struct EpochManifestTests {
    @Test func printsAndParses() throws {
        let manifest = EpochManifest(
            watermarks: ["source-1": -5, "aggregate-0": 1_700_000_000_000], lateWatermarks: ["source-1": -7],
            inputRows: ["0:events": 7], outputRows: 3, stateRows: ["session-1": 2, "aggregate-0": 5])
        #expect(try EpochManifest.parse(manifest.bytes) == manifest)
        #expect(
            String(decoding: manifest.bytes, as: UTF8.self)
                == #"{"v":1,"watermarksMs":{"aggregate-0":1700000000000,"source-1":-5},"#
                + #""lateWatermarksMs":{"source-1":-7},"#
                + #""inputRows":{"0:events":7},"outputRows":3,"stateRows":{"aggregate-0":5,"session-1":2}}"#)
        #expect(try EpochManifest.parse(EpochManifest().bytes) == EpochManifest())
        let times = EpochManifest(
            watermarks: ["w": 5], movedMilliseconds: ["w": 9],
            partitionTimes: [
                "w": [
                    "0/b": PartitionTime(at: 7),
                    "0/a": PartitionTime(newestMilliseconds: 5, activeMilliseconds: 8, waitedForMilliseconds: 9),
                ]
            ])
        #expect(try EpochManifest.parse(times.bytes) == times)
        #expect(
            String(decoding: times.bytes, as: UTF8.self)
                == #"{"v":1,"watermarksMs":{"w":5},"movedMs":{"w":9},"partitions":{"w":{"#
                + #""0/a":{"newestMs":5,"activeMs":8,"waitedForMs":9},"#
                + #""0/b":{"newestMs":null,"activeMs":7,"waitedForMs":7}}},"inputRows":{},"outputRows":0}"#)
        // Members that it doesn't know are passed over.
        let old = #"{"v":1,"watermarksMs":{},"timersMs":{},"inputRows":{},"outputRows":0}"#
        #expect(try EpochManifest.parse(Array(old.utf8)) == EpochManifest())
    }

    @Test(arguments: [
        "", "x", "{}", #"{"v":2}"#, #"{"v":1,"watermarksMs":{"a":"b"}}"#, #"{"v":1,"watermarksMs":[]}"#,
        #"{"v":1,"watermarksMs":{},"partitions":{"w":[]},"inputRows":{},"outputRows":0}"#,
        #"{"v":1,"watermarksMs":{},"partitions":{"w":{"0":{"newestMs":1}}},"inputRows":{},"outputRows":0}"#,
    ])
    func refuses(text: String) {
        #expect(throws: EpochManifest.Failure.self) { try EpochManifest.parse(Array(text.utf8)) }
    }
}
