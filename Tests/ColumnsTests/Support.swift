// Checks that all kernel tests share.

import Columns
import Testing

extension ColumnVector {
    /// All values; checks the layout on the way.
    func checked(_ location: SourceLocation = #_sourceLocation) -> [Value] {
        let broken = brokenInvariants()
        #expect(broken.isEmpty, sourceLocation: location)
        return (0..<count).map { value(at: $0) }
    }
}

/// The code of the error that `body` throws, with the row.
func failure(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch let error as KernelError {
        return error.code + (error.row.map { "@\($0)" } ?? "")
    } catch {
        return "\(error)"
    }
}

/// Sizes around the edges of bytes, words and blocks.
let sizes = [0, 1, 2, 7, 8, 9, 63, 64, 65, 127, 200]
