// What a log of frames holds, found without reading the bodies.

/// The frames of a log whose heads are whole.
package struct FrameLogContent: Sendable {
    /// A frame in a file. Whether its body is whole is not known.
    package struct Frame: Sendable {
        package let head: [UInt8]
        /// Where the body starts in the file.
        package let bodyOffset: Int64
        package let bodyBytes: Int64
    }

    /// The frames in order.
    package let frames: [Frame]
    /// What is wrong behind the last of them, with the file: an append that a crash cut off, or damage.
    package let damage: String?
    /// Whether the file is of the format before this one.
    package let isOfFormerFormat: Bool

    /// How much is read at a time: heads of frames with small bodies share a read.
    private static let windowBytes = 16 * 1024

    /// Reads the heads of a log.
    package static func scan(_ path: String, disk: any Disk) throws(DurabilityError) -> FrameLogContent {
        let file = try OpenFile(path, .readOnly, disk: disk)
        defer { file.close() }
        let size = try file.size()
        var window = Window(file: file)
        var frames: [Frame] = []
        var offset: Int64 = 0
        var isOfFormerFormat = false
        func ended(_ what: String?) -> FrameLogContent {
            FrameLogContent(
                frames: frames, damage: what.map { "\(path) at byte \(offset): \($0)" },
                isOfFormerFormat: isOfFormerFormat)
        }
        isOfFormerFormat = FrameHeader.isOfFormerFormat(try window.bytes(at: 0, count: FrameHeader.byteCount))
        while true {
            let header = try window.bytes(at: offset, count: FrameHeader.byteCount)
            guard !header.isEmpty else { return ended("the file is cut off") }
            guard header.contains(where: { $0 != 0 }) else { return ended(nil) }
            guard let (headBytes, bodyBytes) = FrameHeader.decode(header) else { return ended("no whole frame") }
            let headOffset = offset + Int64(FrameHeader.byteCount)
            let (end, overflow) = (headOffset + Int64(headBytes)).addingReportingOverflow(bodyBytes)
            // Zeros follow the last frame.
            guard !overflow, end < size else { return ended("a frame that is cut off or damaged") }
            let head = try window.bytes(at: headOffset, count: headBytes)
            guard head.count == headBytes, FrameHeader.isWhole(header, head: head, at: offset) else {
                return ended("a frame whose head is damaged")
            }
            frames.append(
                Frame(head: Array(head), bodyOffset: headOffset + Int64(headBytes), bodyBytes: bodyBytes))
            offset = end
        }
    }

    /// A part of the file in memory.
    private struct Window {
        let file: OpenFile
        var start: Int64 = 0
        var content: [UInt8] = []

        /// `count` bytes from `offset`, fewer only at the end of the file.
        mutating func bytes(at offset: Int64, count: Int) throws(DurabilityError) -> ArraySlice<UInt8> {
            if offset < start || offset + Int64(count) > start + Int64(content.count) {
                content = try file.read(at: offset, count: max(count, FrameLogContent.windowBytes))
                start = offset
            }
            return content[Int(offset - start)...].prefix(count)
        }
    }
}
