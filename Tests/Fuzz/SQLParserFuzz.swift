// What libFuzzer calls with texts that it makes up: see scripts/fuzz.

#if canImport(SQLParser)
import SQLParser
import SourceText
#endif

/// Whatever the text, the parser gives a tree or an error with a place in the text.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSQLParser(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    var isRead = false
    do throws(SQLDiagnostic) {
        _ = try SyntaxParser.script(text)
        isRead = true
    } catch {
        let range = error.range
        precondition(
            range.start >= 0 && range.start <= range.end && range.end <= text.utf8.count && range.line > 0
                && range.column > 0 && !error.message.isEmpty, "the error has no place in the text: \(error)")
        precondition(error.rendered(in: text).utf8.contains(UInt8(ascii: "^")), "the picture has no caret")
    }
    precondition(SyntaxParser.read(text, mistakes: .max).mistakes.isEmpty == isRead, "a script has mistakes or is read")
    _ = SyntaxParser.isComplete(text)
    return 0
}
