package transport

import (
	"bytes"
	"errors"
	"fmt"
)

// frameBytesMax: a patch above this is never sent, the server answers `reset` instead; it bounds what one peer can make us hold.
const frameBytesMax = 8 << 20

// errFrameTooLong means that the stream cannot be followed any further.
var errFrameTooLong = errors.New(fmt.Sprint("a frame is longer than ", frameBytesMax, " bytes"))

// Frame is one event of a server-sent event stream.
type Frame struct {
	// Event is `message` where the stream names none.
	Event string
	Data  []byte
	// Sig is the signature of Data: a field of ours, which other readers of event streams pass over.
	Sig string
}

// Parser reads `text/event-stream` from bytes cut anywhere, also inside a UTF-8 sequence or between CR and LF.
// Field rules: WHATWG HTML, section 9.2.6 (one optional space after the colon, comments, a frame without data is no event).
type Parser struct {
	// line holds the pieces of a line that has not ended yet.
	line      []byte
	data      []byte
	hasData   bool
	event     string
	sig       string
	frameSize int
	isAfterCR bool
	hasBegun  bool
}

// Push takes the next bytes, which the caller may reuse, and gives the frames that they completed. After an error the parser must not be used again.
func (p *Parser) Push(chunk []byte) ([]Frame, error) {
	var frames []Frame
	for len(chunk) > 0 {
		if p.isAfterCR && chunk[0] == '\n' {
			p.isAfterCR = false
			chunk = chunk[1:]
			continue
		}
		p.isAfterCR = false
		end := bytes.IndexAny(chunk, "\r\n")
		if end < 0 {
			p.line = append(p.line, chunk...)
			break
		}
		p.isAfterCR = chunk[end] == '\r'
		p.line = append(p.line, chunk[:end]...)
		p.frameSize += len(p.line)
		if p.frameSize > frameBytesMax {
			return frames, errFrameTooLong
		}
		if frame, ok := p.endLine(); ok {
			frames = append(frames, frame)
		}
		p.line = p.line[:0]
		chunk = chunk[end+1:]
	}
	if p.frameSize+len(p.line) > frameBytesMax {
		return frames, errFrameTooLong
	}
	return frames, nil
}

func (p *Parser) endLine() (Frame, bool) {
	line := p.line
	if !p.hasBegun {
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		p.hasBegun = true
	}
	if len(line) == 0 {
		return p.dispatch()
	}
	name, text, _ := bytes.Cut(line, []byte(":"))
	text = bytes.TrimPrefix(text, []byte(" "))
	switch string(name) {
	case "data":
		if p.hasData {
			p.data = append(p.data, '\n')
		}
		p.data = append(p.data, text...)
		p.hasData = true
	case "event":
		p.event = string(text)
	case "sig":
		p.sig = string(text)
	}
	return Frame{}, false
}

func (p *Parser) dispatch() (Frame, bool) {
	frame, hasData := Frame{Event: p.event, Data: p.data, Sig: p.sig}, p.hasData
	if frame.Event == "" {
		frame.Event = "message"
	}
	p.data, p.hasData, p.event, p.sig, p.frameSize = nil, false, "", "", 0
	return frame, hasData
}
