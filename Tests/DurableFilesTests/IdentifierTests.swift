// Names that nobody else gives.

import DurableFiles
import Testing

@Suite struct IdentifierTests {
    @Test("a random UUID, version 4, and never the same")
    func uuid() {
        let id = Identifier.uuid()
        #expect(id.count == 36)
        #expect(Array(id)[14] == "4")
        #expect(id != Identifier.uuid())
    }
}
