import CheckpointLog
import Testing

@Suite struct EpochManifestTests {
    @Test func printsAndParses() throws {
        let manifest = EpochManifest(
            watermarks: ["source-1": -5, "aggregate-0": 1_700_000_000_000], lateWatermarks: ["source-1": -7],
            inputRows: ["0:events": 7], outputRows: 3)
        #expect(try EpochManifest.parse(manifest.bytes) == manifest)
        #expect(
            String(decoding: manifest.bytes, as: UTF8.self)
                == #"{"v":1,"watermarksMs":{"aggregate-0":1700000000000,"source-1":-5},"#
                + #""lateWatermarksMs":{"source-1":-7},"#
                + #""inputRows":{"0:events":7},"outputRows":3}"#)
        #expect(try EpochManifest.parse(EpochManifest().bytes) == EpochManifest())
        // Members that it doesn't know are passed over.
        let old = #"{"v":1,"watermarksMs":{},"timersMs":{},"inputRows":{},"outputRows":0}"#
        #expect(try EpochManifest.parse(Array(old.utf8)) == EpochManifest())
    }

    @Test(arguments: ["", "x", "{}", #"{"v":2}"#, #"{"v":1,"watermarksMs":{"a":"b"}}"#, #"{"v":1,"watermarksMs":[]}"#])
    func refuses(text: String) {
        #expect(throws: EpochManifest.Failure.self) { try EpochManifest.parse(Array(text.utf8)) }
    }
}
