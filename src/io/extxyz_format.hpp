// The two halves of the extxyz format.
#pragma once

#include "io/text_format.hpp"

namespace vitrion::io {

std::unique_ptr<FrameSource> read_extxyz(LineReader reader, const ReadOptions& options);
void write_extxyz(const Frame& frame, std::size_t index, const WriteOptions& options,
                  TextBuffer& out);

}  // namespace vitrion::io
