using System.Diagnostics;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Tests.Unit.Data;

namespace Repro.Tests.Unit.Evaluation.Benchmarks;

/// <summary>A fact that runs programs in the sandbox; shown as skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SandboxFactAttribute : FactAttribute
{
    public SandboxFactAttribute(bool needsData = false)
    {
        if (needsData && !DataFolder.Exists)
        {
            Skip = $"The published data are not there: set {DataFolder.Variable} or put them in ../shared/data.";
        }
        else if (CodeSandbox.Find() is (null, { } missing))
        {
            Skip = $"Programs of models are not run here: they need {missing}.";
        }
    }
}

/// <summary>Programs that a model might write: good ones pass, hostile ones are stopped, fail and leave nothing behind.</summary>
public sealed class CodeSandboxTests
{
    // What must not pass, by what it tries.
    private static readonly Dictionary<string, string> Hostile = new()
    {
        ["wrong answer"] = "assert 1 == 2",
        ["no Python"] = "def f(:",
        ["early exit"] = "import sys; sys.exit(0)",
        ["hard exit"] = "import os; os._exit(0)",
        ["endless loop"] = "while True: pass",
        ["endless sleep"] = "import time; time.sleep(1e6)",
        ["fork bomb"] = "import os\nwhile True: os.fork()",
        ["quiet fork bomb"] = "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
        ["zombies"] = "import os\nfor i in range(100):\n  if os.fork() == 0: os._exit(0)",
        ["shell"] = "import subprocess; subprocess.run(['/bin/sh', '-c', 'true'], check=True)",
        ["threads"] = "import threading\nwhile True: threading.Thread(target=lambda: __import__('time').sleep(99)).start()",
        ["memory"] = "x = bytearray(8 << 30)",
        ["growing list"] = "x = [0]\nwhile True: x += x",
        ["large file"] = "f = open('big', 'wb')\nwhile True: f.write(b'x' * (1 << 20))",
        ["many files"] = "fs = [open(str(i), 'w') for i in range(10000)]",
        ["network"] = "import socket; socket.create_connection(('1.1.1.1', 53), timeout=1)",
        ["loopback server"] = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 1)); s.listen(); s.accept()",
        ["full memory disk"] = "for i in range(10**6): open(str(i), 'wb').write(b'x' * (1 << 20))",
        ["other folders"] = "import os; assert any(os.access(f, os.W_OK) for f in ('/', '/dev', '/dev/shm', '/usr', '/root', '/var'))",
        ["system file"] = "open('/usr/hostile', 'w').write('x')",
        ["home"] = "import os; os.listdir('/root'); os.listdir('/home')",
        ["password file"] = "open('/etc/shadow').read()",
        ["symbolic link"] = "import os; os.symlink('/usr', 'u'); open('u/hostile', 'w')",
        ["kill others"] = "import os, signal; os.kill(-1, signal.SIGKILL)",
        ["ignored signals"] = "import signal\nfor s in range(1, 32):\n"
            + "  try: signal.signal(s, signal.SIG_IGN)\n  except Exception: pass\nwhile True: pass",
        ["other processes"] = "import os; assert sum(p.isdigit() for p in os.listdir('/proc')) > 5",
        ["output flood"] = "import sys\nwhile True: sys.__stdout__.write('x' * 65536)",
        ["word guess"] = "import os\nfor fd in range(64):\n  try: os.write(fd, b'0' * 32)\n  except OSError: pass\nos._exit(0)",
        ["closed output"] = "import os; os.closerange(0, 64)",
        ["mount"] = "import ctypes; assert ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0",
        ["recursion"] = "import sys; sys.setrecursionlimit(10**9)\ndef f(): return f()\nf()",
    };

    [SandboxFact]
    public void A_program_that_comes_to_its_end_passes()
    {
        var sandbox = CodeSandbox.Find().Sandbox!;
        sandbox.Passes("assert sum([1, 2]) == 3").Should().BeTrue();
        sandbox.Passes("open('own', 'w').write('x'); assert open('own').read() == 'x'; print('noise')").Should().BeTrue();
        sandbox.Passes("s = 'Wörter \U0001F600'\nassert len(s) == 8").Should().BeTrue();
    }

    [SandboxFact]
    public void Hostile_programs_fail_in_time_and_leave_no_process()
    {
        var sandbox = CodeSandbox.Find().Sandbox!;
        var before = Sandboxes();
        var wrong = new List<string>();
        foreach (var (name, program) in Hostile)
        {
            var watch = Stopwatch.StartNew();
            if (sandbox.Passes(program))
            {
                wrong.Add(name + " passed");
            }

            // Far above the limit: a slow machine is no fault, a program that goes on is.
            if (watch.Elapsed > sandbox.Timeout + TimeSpan.FromSeconds(30))
            {
                wrong.Add(name + " was not stopped");
            }
        }

        wrong.Should().BeEmpty();
        Hostile.Should().HaveCountGreaterThan(20);
        File.Exists("/usr/hostile").Should().BeFalse();
        Sandboxes().Should().BeLessThanOrEqualTo(before);
        sandbox.Passes("pass").Should().BeTrue("the machine still works");
    }

    [SandboxFact(needsData: true)]
    [Trait("Suite", "Goldens")]
    public void Every_canonical_solution_of_HumanEval_passes()
    {
        var sandbox = CodeSandbox.Find().Sandbox!;
        var (settings, _) = BenchmarkLibrary.Find("humaneval");
        var task = BenchmarkTask.Load(settings, null, DataFolder.Root);
        task.Documents.Where(document => !sandbox.Passes(
                $"{document.Fields["prompt"]}{document.Fields["canonical_solution"]}\n{task.Target(document)}"))
            .Select(document => document.Fields["task_id"]).Should().BeEmpty();
    }

    private static int Sandboxes() => Process.GetProcessesByName("bwrap").Length;
}
