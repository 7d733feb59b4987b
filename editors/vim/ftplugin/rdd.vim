" Two blanks of indentation, comments by #, and :RddFormat.
if exists("b:did_ftplugin")
  finish
endif
let b:did_ftplugin = 1

setlocal commentstring=#\ %s comments=:# expandtab shiftwidth=2 softtabstop=2
let b:undo_ftplugin = "setlocal commentstring< comments< expandtab< shiftwidth< softtabstop<"

if exists("*s:format")
  finish
endif

" Lays the buffer out; a text that does not parse stays, and the message says why.
function s:format() abort
  let l:lines = systemlist("rdd fmt -", getline(1, "$"))
  if v:shell_error
    echohl ErrorMsg | echo join(l:lines, "\n") | echohl None
    return
  endif
  if l:lines ==# getline(1, "$")
    return
  endif
  let l:view = winsaveview()
  call setline(1, l:lines)
  if line("$") > len(l:lines)
    call deletebufline("%", len(l:lines) + 1, "$")
  endif
  call winrestview(l:view)
endfunction

command -buffer RddFormat call s:format()
