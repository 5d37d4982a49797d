using System.Buffers.Binary;
using System.Text;

namespace Repro.Build;

/// <summary>
/// The versions that a shared library (ELF, 64 bits, little-endian) asks of the libraries it needs, as the loader reads them from
/// <c>.gnu.version_r</c>, and the symbols that carry them.
/// </summary>
/// <remarks>
/// An entry with the flag <c>VER_FLG_WEAK</c> lets the loader go on where the library that is there lacks the version. That is safe only
/// where nothing uses a symbol of that version; <see cref="MakeWeak"/> refuses otherwise.
/// </remarks>
internal sealed class ElfVersionNeeds
{
    private const ushort VersionFlagWeak = 0x2;
    private const uint SectionStringTable = 3;
    private const uint SectionRelocationsWithAddend = 4;
    private const uint SectionRelocations = 9;
    private const uint SectionDynamicSymbols = 11;
    private const uint SectionVersionNeeds = 0x6ffffffe;
    private const uint SectionSymbolVersions = 0x6fffffff;
    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;

    private readonly byte[] _file;
    private readonly List<Section> _sections;

    /// <summary>Reads the section table.</summary>
    /// <param name="file">The whole file; <see cref="MakeWeak"/> changes it in place.</param>
    /// <exception cref="InvalidDataException">It is no such file, or is cut off.</exception>
    public ElfVersionNeeds(byte[] file)
    {
        _file = file;
        if (file.Length < 64 || !file.AsSpan(0, 4).SequenceEqual("\u007fELF"u8))
        {
            throw new InvalidDataException("no ELF file");
        }

        if (file[4] != 2 || file[5] != 1)
        {
            throw new InvalidDataException("an ELF file of another kind than 64 bits, little-endian");
        }

        var (start, size, count) = (Offset(Read64(40)), Read16(58), Read16(60));
        if (size != SectionHeaderSize || count == 0)
        {
            throw new InvalidDataException("an ELF file without a section table");
        }

        _sections = [.. Enumerable.Range(0, count).Select(index => ReadSection(start + (index * SectionHeaderSize)))];
    }

    /// <summary>Sets the flag on the entry of a version.</summary>
    /// <param name="version">Its name, such as <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>Whether the file was changed: false where no entry has this name, and where it has the flag already.</returns>
    /// <exception cref="InvalidDataException">The file is broken, or a relocation refers to a symbol of this version.</exception>
    public bool MakeWeak(string version)
    {
        var changed = false;
        foreach (var (entry, index) in EntriesOf(version))
        {
            var flags = Read16(entry + 4);
            if ((flags & VersionFlagWeak) != 0)
            {
                continue;
            }

            RefuseUsedSymbols(version, index);
            BinaryPrimitives.WriteUInt16LittleEndian(_file.AsSpan(entry + 4), (ushort)(flags | VersionFlagWeak));
            changed = true;
        }

        return changed;
    }

    // Each library that is needed has a record with the chain of its versions. A link counts from the record that has it and leads on; 0
    // ends the chain.
    private IEnumerable<(int Entry, ushort Index)> EntriesOf(string version)
    {
        foreach (var needs in _sections.Where(section => section.Type == SectionVersionNeeds))
        {
            var names = Linked(needs, SectionStringTable);
            foreach (var library in Chain(needs, needs.Start))
            {
                foreach (var entry in Chain(needs, library + (long)Read32(library + 8)))
                {
                    if (Text(names, Read32(entry + 8)) == version)
                    {
                        yield return (entry, Read16(entry + 6));
                    }
                }
            }
        }
    }

    private IEnumerable<int> Chain(Section section, long first)
    {
        uint link;
        for (var at = first; ; at += link)
        {
            yield return Inside(section, at);
            link = Read32((int)at + 12);
            if (link == 0)
            {
                yield break;
            }
        }
    }

    private void RefuseUsedSymbols(string version, ushort versionIndex)
    {
        var symbols = _sections.FirstOrDefault(section => section.Type == SectionDynamicSymbols)
            ?? throw new InvalidDataException("an ELF file without dynamic symbols");
        var versions = _sections.FirstOrDefault(section => section.Type == SectionSymbolVersions)
            ?? throw new InvalidDataException("an ELF file without versions of symbols");
        foreach (var relocations in _sections.Where(section => section.Type is SectionRelocations or SectionRelocationsWithAddend))
        {
            var step = relocations.Type == SectionRelocations ? 16 : 24;
            for (var at = relocations.Start; at < relocations.End; at += step)
            {
                // The upper half of r_info is the symbol.
                var symbol = Read32(at + 12);
                var place = Inside(versions, versions.Start + (symbol * 2L));
                if (symbol != 0 && (Read16(place) & 0x7fff) == versionIndex)
                {
                    var name = Text(
                        Linked(symbols, SectionStringTable), Read32(Inside(symbols, symbols.Start + (symbol * (long)SymbolSize))));
                    throw new InvalidDataException($"a library that uses {name} of {version}: it needs a newer C++ library");
                }
            }
        }
    }

    private Section ReadSection(long at)
    {
        var place = Offset((ulong)at);
        _ = Bytes(place, SectionHeaderSize);
        var type = Read32(place + 4);
        var (start, size) = (Read64(place + 24), Read64(place + 32));
        // The section without contents (.bss, 8) may name a place behind the end.
        if (type is not 0 and not 8 && (start > (ulong)_file.Length || size > (ulong)_file.Length - start))
        {
            throw new InvalidDataException("an ELF file that is cut off");
        }

        return new Section(type, (int)Math.Min(start, int.MaxValue), (int)Math.Min(start + size, int.MaxValue), Read32(place + 40));
    }

    private Section Linked(Section section, uint type) =>
        section.Link < (uint)_sections.Count && _sections[(int)section.Link].Type == type
            ? _sections[(int)section.Link]
            : throw new InvalidDataException("an ELF file whose sections name one another wrongly");

    private static int Inside(Section section, long at) =>
        at >= section.Start && at < section.End
            ? (int)at
            : throw new InvalidDataException("an ELF file with a position outside its section");

    private string Text(Section names, uint offset)
    {
        var start = Inside(names, names.Start + (long)offset);
        var length = _file.AsSpan(start, names.End - start).IndexOf((byte)0);
        return length >= 0
            ? Encoding.ASCII.GetString(_file, start, length)
            : throw new InvalidDataException("an ELF file with a name that does not end");
    }

    private int Offset(ulong at) => at < (ulong)_file.Length ? (int)at : throw new InvalidDataException("an ELF file that is cut off");

    private ushort Read16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(at, 2));

    private uint Read32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(at, 4));

    private ulong Read64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(at, 8));

    private ReadOnlySpan<byte> Bytes(int at, int count) =>
        at >= 0 && at <= _file.Length - count ? _file.AsSpan(at, count) : throw new InvalidDataException("an ELF file that is cut off");

    private sealed record Section(uint Type, int Start, int End, uint Link);
}
