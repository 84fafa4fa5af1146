package scanner

import (
	"encoding/binary"
	"iter"
)

// Queries yields one Query for each pair of a name and an extension, name by name in the order of the lines, each pair
// once. A line is a name, which is asked under every one of extensions (A-labels, no leading dot, in their order), or a
// full domain, which Split takes apart by sold, whether its extension is among extensions or not; a nil sold takes the
// public suffixes. A line that no registry can take, also an empty one, makes as many queries, whose Name.Err is set.
//
// An error of lines is yielded and ends the loop. seen remembers what has been asked: one key for each name and each
// domain, not for each pair; Seen.Repeats counts the pairs left out. It belongs to this one loop and these extensions
// until it is closed. Apart from it, the memory does not grow. The loop allocates nothing but what it yields.
func Queries(lines iter.Seq2[string, error], extensions []string, sold func(extension string) bool, seen *Seen) iter.Seq2[Query, error] {
	return func(yield func(Query, error) bool) {
		chosen := make(map[string]bool, len(extensions))
		every := make([]string, 0, len(extensions))
		for _, extension := range extensions {
			if !chosen[extension] {
				chosen[extension] = true
				every = append(every, extension)
			}
		}
		var key []byte
		single := false // some chosen pair was asked by its domain, so that names must look for theirs
		for line, err := range lines {
			if err != nil {
				yield(Query{}, err)
				return
			}
			entry := Split(line, sold)
			key = nameKey(key, entry.Name)
			switch {
			case entry.Extension == "" && !seen.addBytes(key):
				seen.repeats += len(every)
			case entry.Extension == "":
				for _, extension := range every {
					if single {
						if key = pairKey(key, entry.Name, extension); seen.hasBytes(key) {
							seen.repeats++
							continue
						}
					}
					if !yield(Query{Name: entry.Name, Extension: extension}, nil) {
						return
					}
				}
			case chosen[entry.Extension] && seen.hasBytes(key):
				seen.repeats++
			default:
				key = pairKey(key, entry.Name, entry.Extension)
				if !seen.addBytes(key) {
					seen.repeats++
					break
				}
				single = single || chosen[entry.Extension]
				if !yield(Query(entry), nil) {
					return
				}
			}
			if seen.err != nil {
				yield(Query{}, seen.err)
				return
			}
		}
	}
}

// nameKey is the key of a name under all chosen extensions. The leading zero tells it from every pairKey.
func nameKey(key []byte, name Name) []byte {
	return append(append(key[:0], 0), name.ASCII...)
}

// pairKey is the key of one pair. What was typed may hold any byte, so only the name's length says where it ends.
func pairKey(key []byte, name Name, extension string) []byte {
	key = binary.AppendUvarint(key[:0], uint64(len(name.ASCII))+1)
	return append(append(key, name.ASCII...), extension...)
}
