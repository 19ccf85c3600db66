import Basics
import Memory
import Scheduling

extension Text {
  /// `/proc/slabinfo` (`slabinfo(5)`), version 2.1: a row per class of size of the kernel heap. There is one set of slabs
  /// for all CPUs, so all of them count as active; objects in CPUs' magazines count as in use.
  mutating func addHeap() {
    add("slabinfo - version: 2.1\n")
    add("# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>")
    add(" : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n")
    for usage in Memory.heapUsage() {
      var name = Text()
      name.add("kmalloc-")
      name.add(usage.objectSize)
      for _ in name.bytes.count..<17 { name.add(byte: 0x20) }
      add(name.bytes)
      for (number, width) in [
        (usage.objects, 6), (usage.slabs &* usage.objectsPerSlab, 6), (usage.objectSize, 6), (usage.objectsPerSlab, 4),
        (1, 4),
      ] {
        add(byte: 0x20)
        add(UInt64(number), width: width)
      }
      add(" : tunables    0    0    0 : slabdata")
      for (number, width) in [(usage.slabs, 6), (usage.slabs, 6), (0, 6)] {
        add(byte: 0x20)
        add(UInt64(number), width: width)
      }
      newLine()
    }
  }
}

/// `/proc/sys/vm/drop_caches` (`proc(5)`): 2 and 3 give back what CPUs keep of the kernel heap, free frames and kernel
/// stacks. There is no page cache that could be dropped: tmpfs is its own.
func dropCaches(_ request: [UInt8]) throws(Errno) {
  guard let first = request.first, first >= 0x31, first <= 0x34, request.count == 1 else { throw .EINVAL }
  if (first - 0x30) & 2 != 0 { Scheduler.onEachCPU { Memory.dropOwnCaches() } }
}
