using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>
/// Runs Python programs that a model wrote, in bubblewrap: no network, a read-only system, an empty folder in memory to write to, no other
/// process to be seen, none that it may start, and limits of time, memory, open files and size of files.
/// </summary>
/// <remarks>A program passes when it comes to its end and a word that is read only then is written; leaving early does not pass. What it
/// prints is thrown away. The word keeps honest programs apart from those that end early; one that was written against this very class
/// could forge it, but reach no further.</remarks>
public sealed class CodeSandbox : IProgramRunner
{
    // Before the program, a filter of system calls refuses processes and threads: a limit on their number does not bind an administrator.
    // Its rules are those of seccomp: of the machine's architecture, calls of fork, vfork, clone and clone3 get EPERM, as do those
    // of x32, which have numbers of their own from 2^30 on; all else is let through. The word is read when the program is through.
    private const string Guard =
        """
        import ctypes, os, platform, struct, sys
        arch, calls = {'x86_64': (0xC000003E, (56, 57, 58, 435)), 'aarch64': (0xC00000B7, (220, 435))}[platform.machine()]
        rules = [(0x20, 0, 0, 4), (0x15, 1, 0, arch), (6, 0, 0, 0x80000000), (0x20, 0, 0, 0)]
        tests = [(0x15, call) for call in calls] + [(0x35, 0x40000000)]
        rules += [(code, len(tests) - i, 0, call) for i, (code, call) in enumerate(tests)]
        rules += [(6, 0, 0, 0x7FFF0000), (6, 0, 0, 0x00050001)]
        code = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *rule) for rule in rules))
        class Filter(ctypes.Structure): _fields_ = [('length', ctypes.c_ushort), ('rules', ctypes.c_void_p)]
        out = os.dup(1); null = os.open(os.devnull, os.O_RDWR)
        size = int(sys.stdin.buffer.readline()); program = sys.stdin.buffer.read(size).decode()
        os.dup2(null, 1); os.dup2(null, 2)
        if ctypes.CDLL(None).prctl(22, 2, ctypes.byref(Filter(len(rules), ctypes.addressof(code))), 0, 0) != 0: os._exit(1)
        exec(compile(program, 'program', 'exec'), {'__name__': '__main__'})
        os.write(out, sys.stdin.buffer.readline())
        """;

    // What must hold before anything of a model is run.
    private const string CannotFork =
        """
        import os
        try: os.fork()
        except OSError: pass
        else: raise SystemExit
        """;

    private readonly string _bubblewrap;
    private readonly string _python;
    private readonly string _pythonHome;
    private readonly string _limiter;

    private CodeSandbox(string bubblewrap, string python, string pythonHome, string limiter) =>
        (_bubblewrap, _python, _pythonHome, _limiter) = (bubblewrap, python, pythonHome, limiter);

    /// <summary>Longest time of a program where nothing else is said, as OpenAI's human-eval has it.</summary>
    public static TimeSpan DefaultTimeout => TimeSpan.FromSeconds(3);

    /// <summary>Longest time of a program.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>Most memory of a program in bytes.</summary>
    public long Memory { get; init; } = 1L << 30;

    /// <summary>The sandbox of this machine.</summary>
    /// <returns>The sandbox, or null with what is missing.</returns>
    public static (CodeSandbox? Sandbox, string? Missing) Find()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (null, "bubblewrap (bwrap), which is of Linux");
        }

        var tools = new[] { "bwrap", "python3", "prlimit" }.Select(OnPath).ToList();
        if (tools.IndexOf(null) is var missing and >= 0)
        {
            return (null, new[] { "bubblewrap (bwrap)", "Python (python3)", "prlimit of util-linux" }[missing]);
        }

        if (Python(tools[1]!) is not [var python, var home])
        {
            return (null, $"Python: {tools[1]} does not say where it is");
        }

        var sandbox = new CodeSandbox(tools[0]!, python, home, tools[2]!);
        return sandbox.Passes(CannotFork) && !sandbox.Passes("raise SystemExit(0)") ? (sandbox, null)
            : (null, "a bubblewrap that works: here it cannot make namespaces or filter system calls");
    }

    /// <inheritdoc/>
    public bool Passes(string program, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(program);
        var word = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        using var process = Start();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Timeout);
        try
        {
            return Exchange(process, program, word, limit.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            End(process);
        }
    }

    private static async Task<bool> Exchange(Process process, string program, string word, CancellationToken cancellation)
    {
        var answer = new char[64];
        try
        {
            var bytes = Encoding.UTF8.GetBytes(program);
            var input = process.StandardInput.BaseStream;
            await input.WriteAsync(Encoding.ASCII.GetBytes(bytes.Length.ToString(CultureInfo.InvariantCulture) + "\n"), cancellation);
            await input.WriteAsync(bytes, cancellation);
            await input.WriteAsync(Encoding.ASCII.GetBytes(word + "\n"), cancellation);
            await input.FlushAsync(cancellation);
        }
        catch (IOException)
        {
            // The program is gone already; what it wrote decides.
        }

        var read = await process.StandardOutput.ReadBlockAsync(answer, cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0 && new string(answer, 0, read).Trim() == word;
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(_bubblewrap)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in Arguments())
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start) ?? throw new ReproException($"{_bubblewrap} could not be started.");
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    private IEnumerable<string> Arguments()
    {
        string[] system = ["/usr", "/lib", "/lib64", "/bin", "/etc/alternatives"];
        return
        [
            "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv", "--setenv", "PATH", "/usr/bin:/bin",
            .. system.SelectMany(path => new[] { "--ro-bind-try", path, path }),
            "--ro-bind", _pythonHome, _pythonHome, "--proc", "/proc", "--dev", "/dev",
            "--size", "16777216", "--tmpfs", "/tmp", "--chdir", "/tmp", "--hostname", "sandbox",
            "--remount-ro", "/dev", "--remount-ro", "/",
            _limiter, Invariant($"--as={Memory}"), "--nofile=64", "--fsize=16777216", "--core=0",
            Invariant($"--cpu={(int)Math.Ceiling(Timeout.TotalSeconds) + 1}"), "--", _python, "-I", "-c", Guard,
        ];
    }

    // The first process of the namespace takes all others with it.
    private static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }

    // A name on the path may be a script that chooses a version.
    private static string[] Python(string name)
    {
        var start = new ProcessStartInfo(name, ["-I", "-c", "import sys; print(sys.executable); print(sys.base_prefix)"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return process.ExitCode == 0 ? lines : [];
    }

    private static string? OnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
