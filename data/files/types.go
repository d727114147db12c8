package files

import (
	"path"
	"strings"
)

const (
	text  = "text/plain; charset=utf-8"
	plain = "application/octet-stream" // unknown: browsers offer to save it
)

// types are the media types by extension, in small letters. They are fixed: package mime asks the system, where
// programs put in what they like. Source code is text, to be read in the browser.
//
// There must be no type of a script (text/javascript, ...) or a style sheet (text/css): see the package comment.
var types = map[string]string{
	".txt": text, ".md": text, ".log": text, ".ini": text, ".conf": text, ".yaml": text, ".yml": text, ".toml": text,
	".js": text, ".mjs": text, ".cjs": text, ".css": text, ".go": text, ".py": text, ".c": text, ".h": text, ".cpp": text,
	".java": text, ".kt": text, ".rs": text, ".cs": text, ".sh": text, ".ps1": text, ".bat": text, ".sql": text,
	".lua": text,
	".csv": "text/csv; charset=utf-8", ".html": "text/html; charset=utf-8", ".htm": "text/html; charset=utf-8",
	".xml": "application/xml", ".json": "application/json", ".pem": "application/x-pem-file",

	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
	".avif": "image/avif", ".svg": "image/svg+xml", ".bmp": "image/bmp", ".ico": "image/vnd.microsoft.icon",

	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg",
	".wav": "audio/wav", ".flac": "audio/flac", ".aac": "audio/aac",
	".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg", ".mov": "video/quicktime",

	".pcap": "application/vnd.tcpdump.pcap", ".pcapng": "application/vnd.tcpdump.pcap",
	".cap": "application/vnd.tcpdump.pcap",

	".pdf": "application/pdf", ".zip": "application/zip", ".gz": "application/gzip", ".tgz": "application/gzip",
	".7z": "application/x-7z-compressed", ".tar": "application/x-tar", ".rtf": "application/rtf",
	".epub": "application/epub+zip",
	".doc":  "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".odt":  "application/vnd.oasis.opendocument.text",
	".ods":  "application/vnd.oasis.opendocument.spreadsheet",
	".odp":  "application/vnd.oasis.opendocument.presentation",
}

// typeOf returns the media type of a file of this name.
func typeOf(name string) string {
	if t, ok := types[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return plain
}
