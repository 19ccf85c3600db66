// Clocks and timers: nanosleep(2), clock_gettime(2), setitimer(2), alarm(2), timer_create(2).
import CLinux
import Harness

var timeChecks: [Check] {
  [
    Check("clock: monotonic never goes back, also across CPUs") {
      var last = now()
      for i in 0..<20_000 {
        let t = now()
        expect(t >= last)
        last = t
        if i % 1000 == 0 { sched_yield() }
      }
      expect(time(nil) > 1_600_000_000)
      var r = timespec()
      equal(result(clock_getres(CLOCK_MONOTONIC, &r)), 0)
      expect(r.tv_sec == 0 && r.tv_nsec > 0)
      equal(result(clock_gettime(99, &r)), -Int(EINVAL))
    },
    Check("clock: as a system call and by the C library agree") {
      var t = timespec()
      let a = now()
      withUnsafeMutablePointer(to: &t) { _ = call(SYS_clock_gettime, 1, Int(bitPattern: $0)) }
      let b = now()
      let middle = t.tv_sec * 1_000_000_000 + t.tv_nsec
      expect(a <= middle && middle <= b)
    },
    Check("nanosleep: at least the time; interrupted it tells the rest; wrong values") {
      let start = now()
      var t = timespec(tv_sec: 0, tv_nsec: 15_000_000)
      equal(result(nanosleep(&t, nil)), 0)
      expect(now() - start >= 15_000_000)
      _ = set_handler(SIGALRM, { _ in }, SA_RESTART, 0)
      ualarm(30_000, 0)
      t = timespec(tv_sec: 10, tv_nsec: 0)
      var rest = timespec()
      equal(result(nanosleep(&t, &rest)), -Int(EINTR))
      expect(rest.tv_sec == 9 && rest.tv_nsec > 0)
      t = timespec(tv_sec: 0, tv_nsec: 1_000_000_000)
      equal(result(nanosleep(&t, nil)), -Int(EINVAL))
      t = timespec(tv_sec: -1, tv_nsec: 0)
      equal(result(nanosleep(&t, nil)), -Int(EINVAL))
    },
    Check("clock_nanosleep: until an absolute time; one that has passed") {
      var t = timespec()
      clock_gettime(CLOCK_MONOTONIC, &t)
      equal(Int(clock_nanosleep(CLOCK_MONOTONIC, 1, &t, nil)), 0)
      let end = now() + 20_000_000
      t = timespec(tv_sec: end / 1_000_000_000, tv_nsec: end % 1_000_000_000)
      equal(Int(clock_nanosleep(CLOCK_MONOTONIC, 1, &t, nil)), 0)
      expect(now() >= end)
    },
    Check("nanosleep: a stop and continue does not end it early") {
      let pid = child {
        let start = now()
        var t = timespec(tv_sec: 0, tv_nsec: 100_000_000)
        let r = nanosleep(&t, nil)
        return r == 0 && now() - start >= 100_000_000 ? 0 : 1
      }
      pause(milliseconds: 20)
      kill(pid, SIGSTOP)
      pause(milliseconds: 20)
      kill(pid, SIGCONT)
      equal(outcome(reap(pid)), 0)
    },
    Check("setitimer: real, repeated, read, stopped") {
      _ = set_handler(SIGALRM, { _ in cell_add(0, 1) }, SA_RESTART, 0)
      var t = itimerval(
        it_interval: timeval(tv_sec: 0, tv_usec: 10_000), it_value: timeval(tv_sec: 0, tv_usec: 10_000))
      equal(result(setitimer(ITIMER_REAL, &t, nil)), 0)
      eventually { cell_get(0) >= 3 }
      var old = itimerval()
      t = itimerval()
      equal(result(setitimer(ITIMER_REAL, &t, &old)), 0)
      equal(old.it_interval.tv_usec, 10_000)
      let n = cell_get(0)
      pause(milliseconds: 40)
      expect(cell_get(0) <= n + 1)
      t.it_value.tv_usec = 1_000_000
      equal(result(setitimer(ITIMER_REAL, &t, nil)), -Int(EINVAL))
      equal(call(SYS_setitimer, 9, Int(bitPattern: pages(1)), 0), -Int(EINVAL))
    },
    Check("setitimer: virtual time counts what the process computes") {
      _ = set_handler(SIGVTALRM, { _ in cell_add(0, 1) }, 0, 0)
      var t = itimerval(it_interval: timeval(), it_value: timeval(tv_sec: 0, tv_usec: 30_000))
      equal(result(setitimer(ITIMER_VIRTUAL, &t, nil)), 0)
      pause(milliseconds: 60)
      equal(cell_get(0), 0)
      eventually {
        for _ in 0..<100_000 { pause_cpu() }
        return cell_get(0) == 1
      }
    },
    Check("setitimer: profile time counts the kernel's work too, comes again, is read, is not inherited") {
      _ = set_handler(SIGPROF, { _ in cell_add(0, 1) }, SA_RESTART, 0)
      let tick = timeval(tv_sec: 0, tv_usec: 20_000)
      var t = itimerval(it_interval: tick, it_value: tick)
      equal(result(setitimer(ITIMER_PROF, &t, nil)), 0)
      equal(
        run {
          var mine = itimerval()
          getitimer(ITIMER_PROF, &mine)
          return mine.it_value.tv_usec == 0 && mine.it_interval.tv_usec == 0 ? 0 : 1
        }, 0)
      eventually {
        for _ in 0..<2000 { _ = getppid() }
        return cell_get(0) >= 3
      }
      getitimer(ITIMER_PROF, &t)
      equal(t.it_interval.tv_usec, 20_000)
      expect(t.it_value.tv_sec == 0 && t.it_value.tv_usec > 0)
      t = itimerval()
      equal(result(setitimer(ITIMER_PROF, &t, nil)), 0)
      let n = cell_get(0)
      let end = now() + 60_000_000
      while now() < end {}
      expect(cell_get(0) <= n + 1)
    },
    Check("timer_create: CPU time of the process and of the thread; only work counts") {
      _ = set_handler(SIGALRM, { _ in cell_add(0, 1) }, SA_RESTART, 0)
      for clock in [CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID] {
        let before = cell_get(0)
        var id: Int32 = -1
        equal(withUnsafeMutablePointer(to: &id) { call(SYS_timer_create, Int(clock), 0, Int(bitPattern: $0)) }, 0)
        var time = itimerspec()
        time.it_value.tv_nsec = 30_000_000
        equal(
          withUnsafeMutablePointer(to: &time) {
            call(SYS_timer_settime, Int(id), 0, Int(bitPattern: $0), 0)
          }, 0)
        pause(milliseconds: 60)
        equal(cell_get(0), before)
        eventually {
          for _ in 0..<100_000 { pause_cpu() }
          return cell_get(0) == before + 1
        }
        equal(call(SYS_timer_delete, Int(id)), 0)
      }
      equal(call(SYS_timer_create, Int(~(0x3fff_fff << 3) | 2), 0, Int(bitPattern: pages(1))), -Int(EINVAL))
    },
    Check("timer_delete: of two threads one deletes it") {
      for _ in 0..<50 {
        var id: Int32 = -1
        equal(
          withUnsafeMutablePointer(to: &id) { call(SYS_timer_create, Int(CLOCK_MONOTONIC), 0, Int(bitPattern: $0)) }, 0)
        let number = Int(id)
        let done = cell_get(1)
        // Both begin when both are there.
        let arrived = cell_get(2)
        let body: () -> Void = {
          cell_add(2, 1)
          while cell_get(2) < arrived + 2 { pause_cpu() }
          if call(SYS_timer_delete, number) == 0 { cell_add(1, 1) }
        }
        guard let other = Worker(body) else { return expect(false) }
        body()
        other.join()
        equal(cell_get(1), done + 1)
      }
    },
    Check("alarm: answers what was left; kept by exec's absence; ends the process") {
      equal(Int(alarm(100)), 0)
      expect(alarm(0) >= 99)
      equal(Int(alarm(0)), 0)
      equal(
        run {
          ualarm(10_000, 0)
          while true { CLinux.pause() }
        }, 256 + Int(SIGALRM))
    },
    Check("CPU clocks: process and thread time grow with work, not with sleep") {
      var a = timespec()
      var b = timespec()
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a)
      let end = now() + 50_000_000
      while now() < end {}
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b)
      expect((b.tv_sec - a.tv_sec) * 1_000_000_000 + b.tv_nsec - a.tv_nsec > 1_000_000)
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a)
      pause(milliseconds: 50)
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b)
      expect((b.tv_sec - a.tv_sec) * 1_000_000_000 + b.tv_nsec - a.tv_nsec < 40_000_000)
    },
    Check("timers: 50 sleepers of different lengths wake in their order") {
      let order = sharedWords(64)
      for i in 0..<20 {
        _ = child {
          pause(milliseconds: 40 + (19 - i) * 15)
          let place = atomic_add(order, 1)
          order[place] = i
          return 0
        }
      }
      for _ in 0..<20 { reap(-1) }
      // Neighbours may swap when the machine is busy; sleepers far apart may not.
      for place in 1...20 { expect(abs(order[place] - (20 - place)) <= 4) }
    },
  ]
}
